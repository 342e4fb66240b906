/* Says a board's calls one after the other: the chime, then number and desk in each language of the page. What is undone
   before its turn is not said. For a language without a voice there is the chime, and one notice on this screen. */

import { chime, setVolume } from "./chime.js";
import { rememberValue, rememberedValue } from "./remembered.js";

const CHIME_MS = 1_600;
const LONGEST_MS = 12_000; // some browsers never say that an utterance has ended
const VOICES_COME_WITHIN_MS = 3_000;
const NOTICE_MS = 60_000;
const SAMPLE = 12;

const board = document.querySelector(".board");
const caption = board.querySelector(".board-caption");
const panel = board.querySelector(".board-voice");
const notice = board.querySelector(".board-no-voice");
const speech = window.SpeechSynthesisUtterance ? window.speechSynthesis : null;
const waiting = []; // functions that return what is to be said, or null
let isSaying = false;
let isOn = () => false;
let spoken = null; // referred to until it ends: otherwise Chromium may drop it, and its end with it

/* isSoundOn: whether this screen's switch is on. */
export function setUpVoice(isSoundOn) {
  isOn = isSoundOn;
  setVolume(volume());
  setUpPanel();
  if (speech) speech.addEventListener?.("voiceschanged", fillChoices);
  setTimeout(tellOfNoVoice, VOICES_COME_WITHIN_MS);
  document.addEventListener("exchanged", () => caption?.dataset.of && !itemOf(caption.dataset.of) && show(null, []));
}

export function announce(call) {
  add(() => wordsOf(call), call);
}

/* Called when the switch is turned on, too. */
export function tellOfNoVoice() {
  const missing = isOn() ? languages().filter((language) => !voiceOf(language)) : [];
  if (!missing.length || rememberedValue("board without voice") === missing.join()) return;
  rememberValue("board without voice", missing.join());
  const names = missing.map((language) => choiceOf(language)?.dataset.name ?? language);
  notice.textContent = notice.dataset.words.replace("#", () => names.join(", "));
  setTimeout(() => (notice.textContent = ""), NOTICE_MS);
}

// Saying -------------------------------------------------------------------------------------------------

function add(words, call = null) {
  waiting.push({ words, call });
  if (!isSaying) sayAll();
}

async function sayAll() {
  isSaying = true;
  while (waiting.length) await say(waiting.shift()).catch(() => null); // one that fails must not silence the others
  isSaying = false;
}

async function say({ words, call }) {
  if (!words()) return;
  const isSilent = call !== null && !isOn();
  if (!isSilent) {
    chime();
    await new Promise((wake) => setTimeout(wake, CHIME_MS));
  }
  const all = words() || [];
  if (call !== null) show(call, all);
  for (const [language, text] of isSilent ? [] : all) if (words()) await speak(language, text);
}

/* In each language; null once the call is not on the board, or was made again. */
function wordsOf(call) {
  const item = itemOf(call);
  if (!item) return null;
  const desk = item.querySelector(".serving-desk")?.textContent;
  return phrases().map(([language, atDesk, alone]) => {
    const words = (desk ? atDesk : alone).replace("#", () => item.dataset.label).replace("@", () => desk);
    return [language, item.dataset.name ? `${item.dataset.name}: ${words}` : words];
  });
}

function itemOf(call) {
  return board.querySelector(`[data-part="now"] [data-call="${call}"]`);
}

function show(call, all) {
  if (!caption) return;
  caption.dataset.of = call ?? "";
  const lines = all.map(([language, words]) => Object.assign(document.createElement("span"), { lang: language, textContent: words }));
  caption.replaceChildren(...lines);
}

function speak(language, words) {
  const voice = voiceOf(language);
  if (!voice) return null;
  return new Promise((done) => {
    spoken = new SpeechSynthesisUtterance(words);
    Object.assign(spoken, { voice, lang: voice.lang, volume: volume() });
    const end = () => (clearTimeout(limit), done());
    const limit = setTimeout(() => (speech.cancel(), end()), LONGEST_MS);
    Object.assign(spoken, { onend: end, onerror: end });
    speech.speak(spoken);
  });
}

// Voices and volume of this screen -----------------------------------------------------------------------

function phrases() {
  return JSON.parse(board.dataset.spoken || "[]");
}

function languages() {
  return phrases().map(([language]) => language);
}

/* The one that was chosen here, else one that works without the network. */
function voiceOf(language) {
  const there = voicesOf(language);
  const name = rememberedValue(`board voice ${language}`);
  return there.find((voice) => voice.name === name) || there.find((voice) => voice.localService) || there[0];
}

function voicesOf(language) {
  const all = speech ? speech.getVoices() : [];
  return all.filter((voice) => voice.lang.toLowerCase().split(/[-_]/)[0] === language);
}

function volume() {
  return Number(rememberedValue("board volume") ?? 100) / 100;
}

function choiceOf(language) {
  return panel.querySelector(`select[data-language="${language}"]`);
}

function setUpPanel() {
  panel.hidden = false;
  const range = panel.querySelector("input");
  range.value = volume() * 100;
  range.addEventListener("input", () => (rememberValue("board volume", range.value), setVolume(volume())));
  for (const choice of panel.querySelectorAll("select")) {
    choice.addEventListener("change", () => rememberValue(`board voice ${choice.dataset.language}`, choice.value));
  }
  const button = Object.assign(document.createElement("button"), { type: "button", textContent: panel.dataset.try });
  button.addEventListener("click", trySound);
  panel.lastElementChild.append(button);
  fillChoices();
}

function trySound() {
  add(() => phrases().map(([language, , alone]) => [language, alone.replace("#", SAMPLE)]));
}

function fillChoices() {
  for (const choice of panel.querySelectorAll("select")) {
    const names = voicesOf(choice.dataset.language).map((voice) => voice.name);
    const options = names.map((name) => new Option(name, name));
    if (options.length) choice.replaceChildren(...options);
    choice.disabled = !options.length;
    choice.value = voiceOf(choice.dataset.language)?.name ?? "";
  }
}
