"use strict";
// Hands what the microphone hears to the page, 2048 samples at a time.
class Tap extends AudioWorkletProcessor {
  constructor() {
    super();
    this.kept = new Float32Array(2048);
    this.full = 0;
  }
  process([[heard]]) {
    if (!heard) return true;
    if (this.full + heard.length > this.kept.length) {
      this.port.postMessage(this.kept.slice(0, this.full));
      this.full = 0;
    }
    this.kept.set(heard, this.full);
    this.full += heard.length;
    return true;
  }
}
registerProcessor("tap", Tap);
