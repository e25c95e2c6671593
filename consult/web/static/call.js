"use strict";
// Plays what is heard in a row, gathers keys, and records from the microphone. Without it keys and words still work.
const sounds = [...document.querySelectorAll(".heard audio")];
sounds.forEach((sound) => (sound.controls = false)); // key 9 says it again
const play = (n) => {
  const sound = sounds[n];
  if (!sound) return;
  sound.onended = () => play(n + 1);
  sound.play().catch(() => {});
};
play(0);

const form = document.querySelector(".keypad");
const field = form && form.querySelector("#value");
if (field)
  form.addEventListener("submit", (event) => {
    const key = event.submitter && event.submitter.value;
    if (!key || field.value.length + 1 >= +form.dataset.most || key === "#") {
      if (key) field.value += key;
      if (event.submitter) event.submitter.name = "";
      return;
    }
    event.preventDefault();
    field.value += key;
  });

const button = form && form.querySelector("[data-record]");
if (button && navigator.mediaDevices) {
  button.hidden = false;
  let stop = null;
  const record = async () => {
    const stream = await navigator.mediaDevices.getUserMedia({ audio: true });
    const context = new AudioContext();
    const parts = [];
    const tap = context.createScriptProcessor(4096, 1, 1);
    tap.onaudioprocess = (event) => parts.push(event.inputBuffer.getChannelData(0).slice());
    context.createMediaStreamSource(stream).connect(tap);
    tap.connect(context.destination);
    button.textContent = button.dataset.stop;
    stop = () => {
      stream.getTracks().forEach((track) => track.stop());
      const carried = new DataTransfer();
      carried.items.add(new File([wav(telephone(joined(parts), context.sampleRate))], "said.wav"));
      form.querySelector("[name=sound]").files = carried.files;
      HTMLFormElement.prototype.submit.call(form);
    };
    setTimeout(() => stop(), 1000 * form.dataset.tape);
  };
  button.addEventListener("click", () =>
    stop ? stop() : record().catch(() => (form.querySelector("[role=alert]").textContent = form.querySelector("[role=alert]").dataset.refused))
  );
}
