import { concatSamples } from '../../audio/pcm16.ts'
import { isHighVoice, pitchOf, type VoiceSettings } from './traits.ts'

/** A soft hum, one beat per syllable, about as long as the words would take. */
export function hum(words: string, settings: VoiceSettings): Int16Array {
  const { rateHz } = settings
  const base = (isHighVoice(settings.voice) ? 190 : 115) * (0.9 + 0.2 * pitchOf(settings.voice))
  const beatMs = BEAT_MS / settings.speed
  const parts: Int16Array[] = []
  for (const word of words.split(/\s+/).filter((each) => /[\p{L}\p{N}]/u.test(each))) {
    const beats = countSyllables(word)
    for (let beat = 0; beat < beats; beat += 1) parts.push(tone(base * melody(parts.length), beatMs, rateHz))
    parts.push(new Int16Array(samplesIn(/[.,;:!?]$/.test(word) ? beatMs : beatMs / 4, rateHz)))
  }
  return concatSamples(parts)
}

/** Counts groups of vowels, at least one; digits and characters of other scripts count one each. */
export function countSyllables(word: string): number {
  const plain = word.normalize('NFD').toLowerCase()
  const vowels = plain.match(/[aeiouyäöü]+/g)?.length ?? 0
  const others = plain.match(/[^\p{Script=Latin}\p{P}\p{M}\p{S}]/gu)?.length ?? 0
  return Math.max(1, Math.min(SYLLABLES_MAX, vowels + others))
}

/** One syllable of English at a calm pace, in ms. */
const BEAT_MS = 170
/** The most syllables counted in a word. */
const SYLLABLES_MAX = 30
/** Amplitude of the hum, of full scale: soft, but speech to an energy detector. */
const AMPLITUDE = 0.18

function melody(index: number): number {
  return [1, 1.06, 0.98, 1.1, 0.95][index % 5] ?? 1
}

function tone(pitchHz: number, ms: number, rateHz: number): Int16Array {
  const samples = new Int16Array(samplesIn(ms, rateHz))
  for (let index = 0; index < samples.length; index += 1) {
    const swell = Math.sin((Math.PI * index) / samples.length) ** 0.7
    const angle = (2 * Math.PI * pitchHz * index) / rateHz
    samples[index] = 32_767 * AMPLITUDE * swell * (0.8 * Math.sin(angle) + 0.2 * Math.sin(2 * angle))
  }
  return samples
}

function samplesIn(ms: number, rateHz: number): number {
  return Math.round((ms * rateHz) / 1_000)
}
