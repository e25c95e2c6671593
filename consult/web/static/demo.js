"use strict";
// Sends texts without reloading and keeps threads and table fresh. The page works without it.
const { live, failed } = document.body.dataset;
let { tag } = document.body.dataset;
let turn = Promise.resolve();

const show = (page) => {
  for (const part of page.querySelectorAll("[data-live]")) {
    const old = document.getElementById(part.id);
    if (part.tagName === "OL") {
      for (const line of [...old.children]) if (!part.querySelector("#" + line.id)) line.remove();
      old.append(...[...part.children].filter((line) => !document.getElementById(line.id)));
    } else if (old.innerHTML !== part.innerHTML) old.innerHTML = part.innerHTML;
  }
};

const load = async () => {
  const answer = await fetch(live, { headers: { "If-None-Match": tag } });
  if (answer.status !== 200) return;
  tag = answer.headers.get("ETag");
  show(new DOMParser().parseFromString(await answer.text(), "text/html"));
};

const refresh = () => (turn = turn.then(load).catch(() => {}));

document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (form.method !== "post") return;
  event.preventDefault();
  const body = new FormData(form);
  const { submitter } = event;
  if (submitter && submitter.name) body.set(submitter.name, submitter.value);
  const phone = form.closest("section");
  const input = form.querySelector("[type=text]");
  const told = phone.querySelector("[role=alert]");
  if (input) input.value = "";
  told.textContent = "";
  try {
    const answer = await fetch(form.action, { method: "POST", body: new URLSearchParams(body), redirect: "manual" });
    if (answer.type !== "opaqueredirect") throw answer;
    form.ref.value = Date.now() + "-" + Math.random().toString(36).slice(2);
    await refresh();
    phone.querySelector("[role=log]").scrollTop = 0;
  } catch {
    told.textContent = failed;
    if (input && !input.value) input.value = body.get("text");
  }
});

setInterval(() => document.hidden || refresh(), 2000);
