"use strict";
// A batch coded without a network: what was ticked (names of messages and codes, no text) waits sealed in this browser
// and is sent once there is one. Where the browser has no key to seal with, it waits in this page only. Texts stand in the
// page and are written nowhere.
const form = document.getElementById("batch");
const place = `coded|${form.dataset.place}|`;
const memory = new Map();
let pause = 2000;
let busy = false;
const said = (code) => document.getElementById("words").content.querySelector(`[data-word=${code}]`).textContent;
const tell = (code) => (document.getElementById("state").textContent = said(code));

const ticked = () => {
  const data = new FormData(form);
  const found = new URLSearchParams();
  for (const message of data.getAll("message")) {
    const codes = data.getAll(`code-${message}`);
    if (codes.length) found.append("message", message);
    for (const code of codes) found.append(`code-${message}`, code);
  }
  return found.toString();
};

const keep = async (body) => {
  const name = place + Date.now();
  memory.set(name, body);
  if (!(await lock)) return;
  try {
    localStorage.setItem(name, await seal(JSON.stringify(body)));
    memory.delete(name);
  } catch {
    tell("full");
  }
};
const waiting = async () => {
  const names = Object.keys(localStorage).filter((name) => name.startsWith(place));
  const kept = names.map(async (name) => [name, await unseal(localStorage.getItem(name)).catch(() => null)]);
  return [...memory, ...(await Promise.all(kept)).filter((each) => each[1])];
};
const drop = (name) => {
  memory.delete(name);
  localStorage.removeItem(name);
};

const post = async (body) => {
  const token = form.elements.csrf_token.value;
  const headers = { "Content-Type": "application/x-www-form-urlencoded", "X-CSRFToken": token, "X-Kept": "1" };
  const answer = await fetch(form.action, { method: "POST", redirect: "manual", headers, body });
  if (answer.type === "opaqueredirect" || answer.status === 400) throw "signin";
  if (answer.ok) return true;
  const why = answer.status === 409 ? (await answer.json()).why : "";
  if (why !== "seat") throw "kept"; // it may be taken later
  return false;
};
const send = async () => {
  if (busy) return;
  busy = true;
  let sent = 0;
  try {
    for (const [name, body] of await waiting()) {
      const taken = await post(body);
      drop(name);
      if (!taken) return tell("refused");
      sent += 1;
    }
    if (!sent) return;
    tell("sent");
    location.replace(form.dataset.next);
  } catch (why) {
    tell(why === "signin" ? why : "kept");
    pause = Math.min(pause * 2, 30000);
    setTimeout(send, pause);
  } finally {
    busy = false;
  }
};

form.addEventListener("submit", async (event) => {
  if (event.submitter?.name === "danger" && navigator.onLine) return; // at once, with what was ticked
  event.preventDefault();
  if (event.submitter?.name === "danger") return tell("offline");
  const body = ticked();
  if (!body) return navigator.onLine ? location.assign(form.dataset.next) : form.querySelector("input[type=checkbox]").focus();
  form.inert = true; // it is kept; what is ticked now would belong to nothing
  await keep(body);
  send();
});
addEventListener("online", send);
addEventListener("beforeunload", (event) => memory.size && event.preventDefault());
send();
