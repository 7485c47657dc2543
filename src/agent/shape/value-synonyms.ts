import { isMap } from '../is-map.ts'
import { valueText } from '../value-text.ts'

/** Our values and what other tools call them, by the key of their setting. */
const SYNONYMS: { readonly [key: string]: { readonly [right: string]: readonly string[] } } = {
  format: {
    pcm: ['pcm16', 'pcm_s16le', 's16le', 'lpcm', 'l16', 'linear16', 'linear_pcm', 'raw', 'wav'],
    pcmu: ['g711_ulaw', 'ulaw', 'mulaw', 'mu_law', 'x_mulaw', 'basic', 'g711u', 'g711'],
    pcma: ['g711_alaw', 'alaw', 'a_law', 'x_alaw', 'g711a'],
  },
  type: {
    semantic_vad: ['semantic', 'smart', 'smart_turn', 'turn_detector', 'multilingual', 'english', 'auto'],
    server_vad: ['vad', 'server', 'silero', 'silence', 'energy'],
    manual: ['none', 'off', 'false', 'null', 'disabled', 'push_to_talk', 'ptt'],
  },
  eagerness: {
    low: ['patient', 'slow', 'relaxed', 'conservative'],
    medium: ['normal', 'default', 'balanced', 'mid'],
    high: ['fast', 'eager', 'aggressive', 'quick'],
  },
  auth: { basic: ['api_key', 'apikey', 'key'], bearer: ['token', 'jwt'] },
  apply: {
    turn: ['next_turn', 'between_turns', 'quiet'],
    now: ['immediately', 'immediate', 'instant', 'instantly', 'at_once'],
    next_session: ['session', 'new_session', 'next', 'never', 'off', 'none'],
  },
  mode: { exec: ['process', 'spawn', 'once', 'oneshot'], worker: ['persistent', 'daemon', 'warm', 'server'] },
  output_modalities: { audio: ['voice', 'speech', 'sound'], text: ['transcript', 'words'] },
  concurrency: {
    allow: ['parallel', 'concurrent'],
    queue: ['serial', 'sequential', 'wait', 'one_at_a_time'],
    reject: ['exclusive', 'single', 'refuse'],
  },
  sandbox: { read_only: ['readonly', 'ro'], isolated: ['strict', 'full', 'isolate'], none: ['off', 'false'] },
  on_interrupt: { cancel: ['abort', 'stop', 'kill'], continue: ['keep', 'ignore', 'wait'] },
  control: {
    end_call: ['endcall', 'hangup', 'hang_up', 'end', 'end_conversation', 'terminate'],
    set_voice: ['setvoice', 'change_voice', 'switch_voice'],
  },
  tool_choice: { required: ['any', 'always', 'force'], none: ['never', 'off', 'false'] },
}

/** The allowed value that another one stands for: the same in another spelling, a number in quotes, the name that another tool has for it. */
export function resolveSynonym(data: unknown, key: string, allowed: readonly unknown[]): string | null {
  // The wire wraps some words in a map: { type: audio/pcm, rate: 24000 }; others put it into a list.
  const inner = Array.isArray(data) && data.length === 1 ? data[0] : data
  const value = isMap(inner) && typeof inner.type === 'string' ? inner.type : inner
  if (typeof value === 'object' && value !== null) return null
  const word = normalizeWord(valueText(value))
  const words = allowed.map(String)
  const same = words.find((each) => normalizeWord(each) === word)
  if (same !== undefined) return same
  const number = parseSampleRate(word)
  if (number !== null && allowed.includes(number)) return String(number)
  const synonyms = Object.hasOwn(SYNONYMS, key) ? SYNONYMS[key] : undefined
  return words.find((each) => synonyms?.[each]?.includes(word)) ?? null
}

function normalizeWord(word: string): string {
  return word
    .trim()
    .toLowerCase()
    .replace(/^audio\//, '')
    .replaceAll(/[\s-]+/g, '_')
    .replace(/_(8|16|24|32|44|48)\d{2,3}$/, '')
}

/** A sample rate in kHz, in Hz: `16k`, `16 kHz`, 16. */
function parseSampleRate(word: string): number | null {
  const [, count] = /^(\d+(?:\.\d+)?)_?(?:k|khz|hz)?$/.exec(word) ?? []
  if (count === undefined) return null
  return Number(count) < 100 ? Math.round(Number(count) * 1_000) : Number(count)
}
