/* Synthesizes the sound of a call. Browsers allow sound only after the user has touched the page; until then
   it is silent, and isUnlocked() is false. */

const Audio = window.AudioContext || window.webkitAudioContext;
const CALL = [[659, 0], [523, 0.28], [784, 0.56]]; // hertz, after seconds
const SOON = [[523, 0], [659, 0.22]];
const TOUCHES = ["pointerdown", "pointerup", "keydown", "touchend"];

const PENDING_MS = 1_000;

let audio = null;
let share = 1; // of the full volume
let onChange = () => {};
let pending = null; // a chime requested by the same touch that unlocks the sound

export const canSound = Boolean(Audio);

/* Enables sound at the first touch; calls `changed` when the page may make sound, or no longer may. If isWanted, tries
   at once: some browsers allow it on a page that was opened from another. That takes time, so only if wanted. */
export function unlock(changed, isWanted) {
  onChange = changed;
  if (isWanted) resume();
  for (const touch of TOUCHES) document.addEventListener(touch, resume, { passive: true });
}

export function isUnlocked() {
  return audio?.state === "running";
}

/* From 0 to 1. */
export function setVolume(wanted) {
  share = wanted;
}

export function chime(isCall = true) {
  if (!isUnlocked()) {
    pending = { isCall, at: Date.now() };
    return resume();
  }
  for (const [pitch, after] of isCall ? CALL : SOON) playTone(pitch, audio.currentTime + after, share * (isCall ? 0.5 : 0.25));
}

function resume() {
  if (!Audio || isUnlocked()) return;
  if (!audio) {
    audio = new Audio();
    audio.onstatechange = onStateChange;
  }
  audio.resume()?.catch(() => {});
}

function onStateChange() {
  onChange();
  if (isUnlocked() && pending && Date.now() - pending.at < PENDING_MS) chime(pending.isCall);
  pending = null;
}

/* Plays a bell: a tone and its octave, fading out. */
function playTone(pitch, at, loudness) {
  for (const [times, part] of [[1, 1], [2, 0.3]]) {
    const tone = audio.createOscillator();
    const volume = audio.createGain();
    tone.frequency.value = pitch * times;
    volume.gain.setValueAtTime(0.0001, at);
    volume.gain.exponentialRampToValueAtTime(Math.max(0.0001, loudness * part), at + 0.015);
    volume.gain.exponentialRampToValueAtTime(0.0001, at + 0.9);
    tone.connect(volume).connect(audio.destination);
    tone.start(at);
    tone.stop(at + 1);
    tone.onended = () => volume.disconnect();
  }
}
