"use strict";
// The designer: what was typed is sent by itself, a moment after the last key, and the checks that come back are put
// beside the questions. Only fields that were touched are sent, so that two people can write at once.
const form = document.getElementById("design");
const state = document.getElementById("state");
const touched = new Set();
let timer = 0;
let sending = []; // fields on their way
let pause = 1200;

const valueOf = (name) => [...form.elements].filter((each) => each.name === name).reduce((kept, each) => (each.type === "checkbox" && !each.checked ? kept : each.value), "");
const later = () => (clearTimeout(timer), (timer = setTimeout(save, pause)));
const show = (page) => {
  for (const fresh of page.querySelectorAll("[data-live]")) {
    const old = document.getElementById(fresh.id);
    if (!old) continue;
    if (old.tagName === "INPUT") old.value = fresh.value;
    else if (old.innerHTML !== fresh.innerHTML) {
      old.innerHTML = fresh.innerHTML;
      if (fresh.getAttribute("role")) old.setAttribute("role", "alert");
    }
  }
};
const save = async () => {
  if (sending.length) return later();
  const names = [...touched].filter(Boolean);
  if (!names.length) return;
  touched.clear();
  sending = names;
  state.textContent = form.dataset.saving;
  const body = new URLSearchParams(["csrf_token", "base", "in"].map((name) => [name, valueOf(name)]));
  names.forEach((name) => body.set(name, valueOf(name)));
  try {
    const answer = await fetch(form.action, { method: "POST", body, headers: { "X-Live": "1" }, redirect: "error" });
    if (!answer.ok) throw new Error(answer.status);
    show(new DOMParser().parseFromString(await answer.text(), "text/html"));
    pause = 1200;
    state.textContent = touched.size ? form.dataset.saving : form.dataset.saved;
  } catch {
    names.forEach((name) => touched.add(name));
    pause = Math.min(pause * 2, 60000);
    state.textContent = form.dataset.unsaved;
  }
  sending = [];
  if (touched.size) later();
};
// The rule can be chosen or written: what is done in one place shows in the other.
const twin = (field) => {
  const [kind, name] = field.name.split(".");
  const other = kind === "only" ? form.elements[`relevant.${name}`] : null;
  if (other) other.value = field.value;
};
const changed = ({ target }) => {
  touched.add(target.name);
  twin(target);
  state.textContent = form.dataset.saving;
  later();
};
form.addEventListener("input", changed);
form.addEventListener("change", changed); // of lists, not every browser says both
// A button sends what was touched only, for what stands on the page may be older than what others wrote; and again what
// is on its way, since leaving the page may stop it.
form.addEventListener("submit", () => {
  const keep = new Set(["csrf_token", "base", "in", "more", "do", ...touched, ...sending]);
  for (const each of form.elements) if (each.name && !keep.has(each.name)) each.disabled = true;
  touched.clear();
  setTimeout(() => [...form.elements].forEach((each) => (each.disabled = each.disabled && each.type === "submit")), 3000);
});
addEventListener("beforeunload", (event) => touched.size && event.preventDefault());
