"use strict";
// Sealing what a page keeps in this browser: no page can read the key out; the browser has it on its disk. Where the address
// is not secure there is no such key (`lock` gives null), and `seal` gives the text as it is: whoever calls it decides.
const ask = (request) => new Promise((give, fail) => ((request.onsuccess = () => give(request.result)), (request.onerror = fail)));
const lock = (async () => {
  if (!crypto.subtle) return null;
  const opening = indexedDB.open("desk", 1);
  opening.onupgradeneeded = () => opening.result.createObjectStore("keys");
  const made = await crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
  const keys = (await ask(opening)).transaction("keys", "readwrite").objectStore("keys");
  const known = await ask(keys.get("slips"));
  if (!known) await ask(keys.put(made, "slips"));
  return known || made;
})().catch(() => null);
const seal = async (text) => {
  const key = await lock;
  if (!key) return text;
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const data = await crypto.subtle.encrypt({ name: "AES-GCM", iv }, key, new TextEncoder().encode(text));
  return "~" + btoa(String.fromCharCode(...iv, ...new Uint8Array(data)));
};
const unseal = async (text) => {
  if (text[0] !== "~") return JSON.parse(text);
  const bytes = Uint8Array.from(atob(text.slice(1)), (sign) => sign.charCodeAt(0));
  const data = await crypto.subtle.decrypt({ name: "AES-GCM", iv: bytes.slice(0, 12) }, await lock, bytes.slice(12));
  return JSON.parse(new TextDecoder().decode(data));
};
