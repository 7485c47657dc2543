import { setTimeout as sleep } from 'node:timers/promises'
import type { Voice } from '../voice.ts'
import { encodeSound, rateOf, type WireFormat } from '../wire-format.ts'

/** A piece of speech: its words, then up to 100 ms of coded sound. */
interface SpeechPiece {
  readonly words: string
  readonly audio: Uint8Array | null
  /** Sound up to the end of this piece, in ms. */
  readonly endMs: number
}

/** How to speak a text. */
interface SpeechOptions {
  readonly speak: Voice
  readonly voice: string
  readonly speed: number
  readonly format: WireFormat
  readonly pace: 'realtime' | 'burst'
  readonly stop: AbortSignal
}

/** Speaks a text sentence by sentence: the first word at once, the others spread over the sound. */
export async function* streamSpeech(text: string, options: SpeechOptions): AsyncGenerator<SpeechPiece> {
  const { speak, stop, format, pace, voice, speed } = options
  const sentences = splitSentences(text)
  const synthesize = (sentence: string | undefined): Promise<Int16Array> | null =>
    sentence === undefined ? null : speak(sentence, { voice, speed, rateHz: rateOf(format) }, stop)

  const pieceSamples = (PIECE_MS * rateOf(format)) / 1_000
  const startedAt = performance.now()
  let sampleCount = 0
  let next = synthesize(sentences[0])
  for (const [index, sentence] of sentences.entries()) {
    const spoken = next
    next = synthesize(sentences[index + 1])
    const words = sentence.match(/\s*\S+\s*$|\s*\S+/g) ?? []
    yield { words: words[0] ?? '', audio: null, endMs: toMs(sampleCount) }
    let sentWords = 1
    const samples = (await spoken) ?? new Int16Array(0)
    for (let from = 0; from < samples.length; from += pieceSamples) {
      if (stop.aborted) return
      const piece = samples.slice(from, from + pieceSamples)
      const wordsDue = Math.ceil((words.length * (from + piece.length)) / samples.length)
      if (pace === 'realtime') await pause(startedAt + toMs(sampleCount) - LEAD_MS - performance.now(), stop)
      sampleCount += piece.length
      yield {
        words: words.slice(sentWords, wordsDue).join(''),
        audio: encodeSound(piece, format),
        endMs: toMs(sampleCount),
      }
      sentWords = Math.max(sentWords, wordsDue)
    }
    if (sentWords < words.length)
      yield { words: words.slice(sentWords).join(''), audio: null, endMs: toMs(sampleCount) }
  }

  function toMs(samples: number): number {
    return Math.floor((samples * 1_000) / rateOf(format))
  }
}

/** Splits into sentences, each with the space after it, so that joining them gives the text again. */
export function splitSentences(text: string): readonly string[] {
  return text.match(/[^.!?…]+(?:[.!?…]+(?!\s|$)[^.!?…]*)*(?:[.!?…]+["”')]*)?\s*|[.!?…]+\s*/g) ?? []
}

/** Sound in one delta, in ms. */
const PIECE_MS = 100
/** How long before it is due sound is sent at the pace of speech, in ms. */
const LEAD_MS = 300

async function pause(ms: number, stop: AbortSignal): Promise<void> {
  if (ms > 0) await sleep(ms, undefined, { signal: stop }).catch(() => {})
}
