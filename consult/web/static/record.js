"use strict";
// Records a line on its page, judges it, plays it as a telephone would, sends it as the form does, and goes on to the
// next line without leaving the page, so that the microphone stays open. A take stays in memory until it was taken.
const $ = (id) => document.getElementById(id);
const told = (name, values = {}) => $("record").dataset[name].replace(/\{(\w+)\}/g, (_, key) => values[key]);
const state = (text) => ($("state").textContent = text);
const decibels = (power) => 10 * Math.log10(power + 1e-12);
const mean = (values) => values.reduce((sum, value) => sum + value, 0) / (values.length || 1);
const FULL = 0.999; // at which a sample is cut off
const QUIET = -38; // dBFS below which a voice drowns in its line
const GATE = -50; // dBFS below which nothing is speech
let mic = null;
let parts = null; // what is being recorded
let take = null; // what was: { samples, sound, good }
let playing = null;
let loud = false; // something of it was cut off
let tried = false; // it was sent, and did not arrive
let afresh = false; // the page's mark may be an older sign-in's
let busy = false;

// ---- how loud it is

const cutOff = (heard, rate) => {
  const most = Math.max(3, Math.ceil(0.0004 * rate));
  let run = 0;
  return heard.some((sample) => (run = Math.abs(sample) >= FULL ? run + 1 : 0) >= most);
};
const loudness = (samples) => {
  const powers = [];
  for (let at = 0; at < samples.length; at += 800) powers.push(mean(samples.subarray(at, at + 800).map((each) => each * each)));
  const speech = powers.filter((power) => decibels(power) >= GATE);
  return speech.length ? decibels(mean(speech.filter((power) => power >= mean(speech) / 10))) : -Infinity;
};
const show = (level) => {
  const word = told(loud ? "loud" : level < GATE ? "none" : level < QUIET ? "quiet" : "good");
  $("level").value = level;
  $("level").setAttribute("aria-valuetext", word);
  if ($("word").textContent !== word) $("word").textContent = word;
};
const hear = (heard) => {
  if (!$("record")) return;
  parts?.push(heard);
  const peak = heard.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
  loud = peak >= FULL || (loud && parts !== null);
  show(decibels(mean(heard.map((each) => each * each))));
  if (parts && parts.length * heard.length > told("longest") * mic.context.sampleRate) stop();
};

// ---- recording

const open = async () => {
  if (!navigator.mediaDevices || !window.AudioWorkletNode) throw new Error("no microphone");
  const raw = { channelCount: 1, echoCancellation: false, noiseSuppression: false, autoGainControl: false };
  const stream = await navigator.mediaDevices.getUserMedia({ audio: raw });
  const context = new AudioContext();
  await context.audioWorklet.addModule(told("tap"));
  const tap = new AudioWorkletNode(context, "tap");
  tap.port.onmessage = ({ data }) => hear(data);
  context.createMediaStreamSource(stream).connect(tap).connect(context.destination); // which hears nothing of it
  await context.resume();
  return { context, stream };
};
const close = () => {
  if (parts) stop();
  mic?.stream.getTracks().forEach((track) => track.stop());
  mic?.context.close();
  mic = null;
};
const start = async () => {
  hush();
  if (!mic) state(told("asking"));
  busy = true;
  dress();
  try {
    mic ??= await open();
  } catch {
    busy = false;
    dress();
    return state(told("refused"));
  }
  busy = false;
  take = null;
  tried = loud = false;
  parts = [];
  dress();
  state(told("speaking"));
};
const stop = () => {
  const heard = joined(parts);
  const rate = mic.context.sampleRate;
  parts = null;
  const samples = telephone(heard, rate);
  const level = loudness(samples);
  const wrong = cutOff(heard, rate) ? "wasLoud" : level === -Infinity ? "wasNone" : level < QUIET ? "wasQuiet" : "";
  take = { samples, sound: wav(samples), good: !wrong || wrong === "wasQuiet" };
  dress();
  state(wrong ? told(wrong) : told("done", { seconds: (samples.length / RATE).toFixed(1) }));
};
const hush = () => {
  playing?.stop();
  playing = null;
};
const listen = () => {
  hush();
  const context = mic?.context ?? new AudioContext();
  const buffer = context.createBuffer(1, take.samples.length, RATE);
  buffer.copyToChannel(take.samples, 0);
  playing = context.createBufferSource();
  playing.buffer = buffer;
  playing.connect(context.destination);
  playing.start();
};

// ---- sending, and the next line

const size = () => ({ size: Math.ceil(take.sound.size / 1024) });
const read = async (url, options) => {
  const answer = await fetch(url, options);
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const late = answer.status === 429 || answer.status >= 500;
  return { page, late, url: answer.url, here: page.getElementById("record"), over: page.getElementById("lines") };
};
const mark = (page) => page.querySelector("#file [name=csrf_token]");
const send = async () => {
  busy = true;
  hush();
  dress();
  state(told("sending", size()));
  try {
    if (afresh) {
      const { page } = await read(location.href);
      if (mark(page)) mark(document).value = mark(page).value;
    }
    const body = new FormData();
    body.set("csrf_token", mark(document).value);
    body.set("sound", take.sound, "take.wav");
    const came = await read($("file").action, { method: "POST", body });
    afresh = !came.here && !came.over && !came.late;
    if (!came.here && !came.over) throw new Error("not taken");
    take = null;
    busy = false;
    came.over ? location.assign(came.url) : turn(came);
  } catch {
    tried = true;
    busy = false;
    dress();
    state(told(afresh ? "elsewhere" : "unsent", size()));
  }
};
const turn = ({ page, url }) => {
  $("main").replaceWith(document.importNode(page.getElementById("main"), true));
  document.title = page.title;
  if (url !== location.href) history.pushState(null, "", url);
  dress();
  const kept = $("kept")?.textContent ?? "";
  $("kept")?.remove();
  setTimeout(() => state(kept), 100); // what is put in at once with its place is not read out
  scrollTo(0, 0);
  $("start").focus({ preventScroll: true });
};
const go = async (url) => {
  try {
    const came = await read(url);
    if (came.here) return turn(came);
  } catch {
    // the browser says what is wrong
  }
  location.assign(url);
};

// ---- the page

const dress = () => {
  $("record").hidden = false;
  $("start").textContent = told(parts ? "stop" : "record");
  for (const id of ["start", "keep"]) $(id).setAttribute("aria-disabled", busy); // which keeps the focus where it is
  for (const id of ["listen", "keep"]) $(id).hidden = !take?.samples.length;
  $("keep").disabled = !take?.good;
  $("keep").textContent = told(tried ? "again" : "keep");
};
document.addEventListener("click", (event) => {
  const { id } = event.target;
  const link = event.target.closest("#steps a");
  if (id === "start" && !busy) parts ? stop() : start();
  if (id === "listen") listen();
  if (id === "keep" && !busy) send();
  if (!link || busy || take?.good || parts || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  go(link.href);
});
addEventListener("popstate", () => location.reload());
addEventListener("beforeunload", (event) => (take?.good || parts) && event.preventDefault());
document.addEventListener("visibilitychange", () => document.hidden && close());
dress();
