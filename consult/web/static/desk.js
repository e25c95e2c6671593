"use strict";
// The desk: slips are kept in this browser before anything else, and sent once each, by an identity made before the form
// is shown. Every slip is an entry of its own in localStorage, so that tabs do not overwrite each other. It is written as
// it is, so that nothing is lost, and at once replaced by its sealed form (kept.js). Where there is no key to seal with
// the page says so.
const { consultation, episode, take, zone, worker } = document.body.dataset;
const form = document.getElementById("slip");
const place = `slip|${consultation}|${episode}|`;
const done = `done|${consultation}|${episode}|`;
const draft = `draft|${consultation}|${episode}`;
const said = (code) => document.getElementById("words").content.querySelector(`[data-word=${code}]`).textContent;
const tell = (code) => (document.getElementById("state").textContent = code && said(code));
const now = () => Math.floor(Date.now() / 1000);
// crypto.randomUUID is missing where the address is not secure; this is there.
const random = () => [...crypto.getRandomValues(new Uint8Array(16))].map((b) => b.toString(16).padStart(2, "0")).join("");
let current = "";
let busy = false;
let pause = 2000;

const entries = (start = place) => Object.keys(localStorage).filter((key) => key.startsWith(start));
const waiting = async () => {
  const found = await Promise.all(entries().map((key) => unseal(localStorage.getItem(key) || "null").catch(() => null)));
  return found.filter(Boolean).sort((a, b) => a.at - b.at);
};

const ticket = () => {
  const mark = localStorage.getItem("desk") || String.fromCharCode(...crypto.getRandomValues(new Uint8Array(2)).map((b) => 65 + (b % 26)));
  localStorage.setItem("desk", mark);
  const number = 1 + Number(localStorage.getItem(`ticket|${consultation}|${episode}`) || 0);
  localStorage.setItem(`ticket|${consultation}|${episode}`, number);
  return `${mark}-${number}`;
};

let shown = 0;
const show = async () => {
  const turn = ++shown;
  document.getElementById("count").textContent = entries().length;
  const slips = await waiting();
  if (turn !== shown) return;
  sent();
  document.getElementById("old").hidden = !slips.some((slip) => now() - slip.at > 7 * 86400);
  const list = document.getElementById("waiting");
  list.textContent = "";
  list.append(
    ...slips.map((slip) => {
      const line = document.createElement("li");
      line.append(slip.incident ? said("dumped") : (slip.about || slip.changes).ticket, slip.why ? ` ${said(slip.why)} ` : "");
      if (slip.why) {
        const button = document.createElement("button");
        button.textContent = said("edit");
        button.addEventListener("click", () => fill(slip));
        line.append(button);
      }
      return line;
    }),
  );
};

// What was sent can still change its state; of it only ticket and state are kept here, no word and no answer.
const sent = () => {
  const list = document.getElementById("sent");
  const rows = entries(done).map((key) => [key, JSON.parse(localStorage.getItem(key))]);
  list.parentElement.hidden = !rows.length;
  list.textContent = "";
  list.append(
    ...rows.map(([key, slip]) => {
      const line = document.createElement("li");
      line.append(`${slip.ticket} `);
      for (const name of ["state", "agreed"]) {
        const choice = document.createElement("select");
        choice.setAttribute("aria-label", `${slip.ticket} ${name}`);
        for (const field of form.querySelectorAll(`[name=${name}]`))
          choice.append(new Option(field.nextElementSibling.textContent, field.value, false, slip[name] === field.value));
        choice.addEventListener("change", () => {
          const changed = { ...slip, [name]: choice.value };
          localStorage.setItem(key, JSON.stringify(changed));
          keep({ id: `${changed.id}-`, at: now(), changes: changed });
          show();
          send();
        });
        line.append(choice);
      }
      return line;
    }),
  );
};

const begin = () => {
  form.reset();
  current = random();
  form.elements.ticket.value = ticket();
  form.elements.time.value = new Intl.DateTimeFormat("en-GB", { timeZone: zone, hour: "2-digit", minute: "2-digit" }).format();
  document.getElementById("look").hidden = true;
  fault("");
  note();
};

const values = () => {
  const data = new FormData(form);
  const answers = {};
  for (const part of document.querySelectorAll(".answer"))
    answers[part.dataset.question] = data.getAll(`q-${part.dataset.question}`).join(" ").trim();
  const about = { ticket: form.elements.ticket.value, time: form.elements.time.value };
  for (const name of ["who", "language", "point", "checked", "agreed", "state", "danger", "before"]) about[name] = data.get(name) || "";
  return { id: current, at: now(), answers, about };
};

const note = () => sessionStorage.setItem(draft, JSON.stringify(values()));

const fill = (slip) => {
  form.reset();
  current = slip.id;
  form.elements.ticket.value = slip.about.ticket;
  form.elements.time.value = slip.about.time;
  const given = { ...slip.about };
  for (const [name, key] of Object.entries(slip.answers)) given[`q-${name}`] = key;
  for (const [name, value] of Object.entries(given)) {
    for (const field of form.querySelectorAll(`[name="${name}"]:not(output)`)) {
      if (field.type === "radio") field.checked = field.value === value;
      else if (field.type === "checkbox") field.checked = value.split(" ").includes(field.value);
      else field.value = value;
    }
  }
  document.getElementById("look").hidden = !slip.about.checked;
  fault(look());
  note();
};

// The same as the hub demands, so that it is told before the slip is kept; the hub decides.
const look = () => {
  const { point, checked } = form.elements;
  const text = point.value.trim();
  if (text.split(/\s+/).length > 12) return "long";
  if (/\p{Nd}{3}/u.test(text.replace(/(\p{Nd})[\s.,()/+-]{1,3}(?=\p{Nd})/gu, "$1"))) return "number";
  if (/@|:\/\/|www\.|\b\w+\.(com|org|net|info)\b/i.test(text)) return "address";
  const words = text.split(/\s+/);
  const capital = (word, n) => n && /^\p{P}*\p{Lu}/u.test(word) && word !== "I" && !/[.!?:…]$/.test(words[n - 1]);
  return words.some(capital) && !checked.checked ? "name" : "";
};

const fault = (code) => {
  document.getElementById("fault").textContent = code && said(code);
  if (code === "name") document.getElementById("look").hidden = false;
  return code;
};

const keep = (slip) => {
  const key = place + slip.id;
  const text = JSON.stringify(slip);
  try {
    localStorage.setItem(key, text);
  } catch {
    tell("full");
    return false;
  }
  shut(key, text);
  return true;
};
const shut = async (key, text) => {
  const sealed = await seal(text);
  if (localStorage.getItem(key) === text) localStorage.setItem(key, sealed);
};

form.addEventListener("input", note);
form.addEventListener("submit", (event) => {
  event.preventDefault();
  if (fault(look())) return form.elements.point.focus();
  if (!keep(values())) return;
  begin();
  show();
  tell("kept");
  form.querySelector("input[type=radio]").focus();
  send();
});

const settle = (told, batch) => {
  for (const each of told.slips) {
    const slip = batch.find((one) => one.id === each.id);
    if (each.state === "refused" && slip) keep({ ...slip, why: each.why });
    if (each.state === "refused") continue;
    localStorage.removeItem(place + each.id);
    if (slip) {
      const { ticket, state, agreed } = slip.about;
      localStorage.setItem(done + each.id, JSON.stringify({ id: each.id, ticket, state, agreed }));
    }
  }
  for (const id of told.incidents) localStorage.removeItem(place + id);
  for (const id of told.changes) forget(`${place}${id}-`, batch.find((one) => one.id === `${id}-`));
};
const forget = async (key, told) => {
  const left = localStorage.getItem(key);
  const same = left && JSON.stringify(await unseal(left)) === JSON.stringify(told);
  if (!same || localStorage.getItem(key) !== left) return; // changed again meanwhile
  localStorage.removeItem(key);
  show();
};

const send = async () => {
  if (busy) return;
  busy = true;
  const batch = (await waiting()).filter((slip) => !slip.why).slice(0, 12);
  if (!batch.length) {
    busy = false;
    return;
  }
  tell("sending");
  try {
    const incidents = batch.filter((slip) => slip.incident).map((slip) => slip.id);
    const changes = batch.filter((slip) => slip.changes).map((slip) => slip.changes);
    const answer = await fetch(take, {
      method: "POST",
      redirect: "manual",
      headers: { "Content-Type": "application/json", "X-CSRFToken": form.elements.csrf_token.value },
      body: JSON.stringify({ now: now(), slips: batch.filter((slip) => slip.about), incidents, changes }),
    });
    if (answer.type === "opaqueredirect" || answer.status === 400) throw "signin";
    if (!answer.ok) throw "offline";
    settle(await answer.json(), batch);
    pause = 2000;
    tell("sent");
  } catch (why) {
    pause = Math.min(pause * 2, 30000);
    tell(why === "signin" ? why : "offline");
  }
  busy = false;
  show();
  if ((await waiting()).some((slip) => !slip.why)) setTimeout(send, pause === 2000 ? 0 : pause);
};

const dump = () => {
  keep({ id: random(), at: now(), incident: true });
  tell("dumped");
  show();
  send();
};

document.getElementById("dump").addEventListener("click", dump);
document.addEventListener("keydown", (event) => {
  if (event.key !== "F8" || event.repeat) return;
  event.preventDefault();
  dump();
});
document.getElementById("send").addEventListener("click", send);
document.getElementById("save").addEventListener("click", async () => {
  const told = { consultation, episode: Number(episode), now: now(), slips: (await waiting()).filter((slip) => slip.about) };
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([JSON.stringify(told)], { type: "application/json" }));
  link.download = `slips-${consultation}-${episode}.json`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60000);
});
addEventListener("online", send);
addEventListener("storage", show); // another tab kept or sent one

const before = JSON.parse(sessionStorage.getItem(draft) || "null");
if (before && !localStorage.getItem(place + before.id)) fill(before);
else begin();
for (const key of entries()) if (localStorage.getItem(key)[0] !== "~") shut(key, localStorage.getItem(key)); // cut off before
show();
send();
document.getElementById("insecure").hidden = isSecureContext;
if (isSecureContext && navigator.storage) navigator.storage.persist();
if (navigator.serviceWorker) navigator.serviceWorker.register(worker).catch(() => {});
