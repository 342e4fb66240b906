/* The sound of being called: a few notes, made here. Browsers let a page sound only after somebody has touched
   it; until then it is silent, and says so when asked. */

const Audio = window.AudioContext || window.webkitAudioContext;
const CALL = [[659, 0], [523, 0.28], [784, 0.56]]; // hertz, after seconds
const SOON = [[523, 0], [659, 0.22]];
const TOUCHES = ["pointerdown", "pointerup", "keydown", "touchend"];

const STILL_MEANT_MS = 1_000;

let audio = null;
let heard = () => {};
let meant = null; // asked for by the very touch that unlocks it

export const canSound = Boolean(Audio);

/* From the first touch on; calls `changed` when the page may sound, or may no longer. Where somebody is known to
   want it, at once: some browsers let a page sound that follows another. It costs time, so not on every page. */
export function unlock(changed, isWanted) {
  heard = changed;
  if (isWanted) wake();
  for (const touch of TOUCHES) document.addEventListener(touch, wake, { passive: true });
}

export function isUnlocked() {
  return audio?.state === "running";
}

export function chime(isCall = true) {
  if (!isUnlocked()) {
    meant = { isCall, at: Date.now() };
    return wake();
  }
  for (const [pitch, after] of isCall ? CALL : SOON) strike(pitch, audio.currentTime + after, isCall ? 0.5 : 0.25);
}

function wake() {
  if (!Audio || isUnlocked()) return;
  if (!audio) {
    audio = new Audio();
    audio.onstatechange = begin;
  }
  audio.resume()?.catch(() => {});
}

function begin() {
  heard();
  if (isUnlocked() && meant && Date.now() - meant.at < STILL_MEANT_MS) chime(meant.isCall);
  meant = null;
}

/* A bell: a tone and the one an octave above it, dying away. */
function strike(pitch, at, loudness) {
  for (const [times, share] of [[1, 1], [2, 0.3]]) {
    const tone = audio.createOscillator();
    const volume = audio.createGain();
    tone.frequency.value = pitch * times;
    volume.gain.setValueAtTime(0.0001, at);
    volume.gain.exponentialRampToValueAtTime(loudness * share, at + 0.015);
    volume.gain.exponentialRampToValueAtTime(0.0001, at + 0.9);
    tone.connect(volume).connect(audio.destination);
    tone.start(at);
    tone.stop(at + 1);
    tone.onended = () => volume.disconnect();
  }
}
