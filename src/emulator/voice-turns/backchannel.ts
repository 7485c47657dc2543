import type { Outbox } from '../outbox.ts'
import type { Session } from '../session.ts'
import type { Voice } from '../voice.ts'

/** Says a short word now and then while the caller speaks. The service decides by what is said, a rehearsal only by the time. */
interface Backchannel {
  /** The caller's turn has lasted this long, in ms. */
  update(ms: number): void
  /** The turn is over. */
  reset(): void
}

/** For the spoken turns of one connection. */
export function createBackchannel(context: {
  readonly outbox: Outbox
  readonly speak: Voice
  readonly session: () => Session
  readonly nextId: (prefix: string) => string
}): Backchannel {
  const { outbox, speak, session, nextId } = context
  let turn = { count: 0, lastMs: Number.NEGATIVE_INFINITY }

  return {
    update(ms) {
      const { backchannel } = session().providerData ?? {}
      if (backchannel?.enabled !== true) return
      const {
        min_speech_ms = SPEECH_MS,
        min_gap_ms = GAP_MS,
        max_per_turn = PER_TURN_MAX,
        allowed_phrases,
      } = backchannel
      if (ms < min_speech_ms || ms - turn.lastMs < min_gap_ms || turn.count >= max_per_turn) return
      turn = { count: turn.count + 1, lastMs: ms }
      void say(allowed_phrases?.[0] ?? 'mm-hm')
    },
    reset() {
      turn = { count: 0, lastMs: Number.NEGATIVE_INFINITY }
    },
  }

  async function say(phrase: string): Promise<void> {
    const backchannel_id = nextId('bc')
    const { voice, speed } = session().audio.output
    const samples = await speak(phrase, { voice, speed, rateHz: RATE_HZ }, new AbortController().signal)
    const delta = Buffer.from(samples.buffer, samples.byteOffset, samples.byteLength).toString('base64')
    outbox.send({ type: 'response.backchannel.audio.delta', backchannel_id, delta })
    outbox.send({ type: 'response.backchannel.audio.done', backchannel_id, phrase })
  }
}

/** Rate of the PCM16 sound, whatever the session's output format is, in Hz. */
const RATE_HZ = 24_000
/** The service's defaults: how long a caller speaks before the first, and until the next, in ms, and how many a turn may have. */
const SPEECH_MS = 800
const GAP_MS = 4_000
const PER_TURN_MAX = 3
