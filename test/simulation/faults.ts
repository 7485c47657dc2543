import type { Random } from '../lives/random.ts'

/** How badly the service and the line to it behave in one life: probabilities, and ms. */
export interface Faults {
  /** Of a handshake: refused, never answered, accepted and closed at once. */
  readonly refused: number
  readonly unanswered: number
  readonly closedAtOnce: number
  /** Of each event: never sent, sent twice, followed by garbage, followed by the end of the connection. */
  readonly dropped: number
  readonly doubled: number
  readonly garbage: number
  readonly cut: number
  /** How late an event may be, in ms; the order of one connection stays, but transcription goes its own way. */
  readonly latencyMs: number
  /** Of each update: refused, or left without an answer. */
  readonly updateRefused: number
  readonly updateIgnored: number
  /** Of each request for an answer: refused for want of room. */
  readonly full: number
  /** Of each response: says nothing for ever, ends with nothing, fails, breaks off. */
  readonly stalled: number
  readonly empty: number
  readonly failed: number
  readonly incomplete: number
  /** Of each item: refused. */
  readonly itemRefused: number
  /** Of each turn: an error that belongs to nothing, the end of the session, a response that nobody asked for. */
  readonly strayError: number
  readonly expired: number
  readonly unasked: number
  /** How long a session lives, in s; null where it does not say. */
  readonly lifeS: number | null
}

export const NO_FAULTS: Faults = {
  refused: 0,
  unanswered: 0,
  closedAtOnce: 0,
  dropped: 0,
  doubled: 0,
  garbage: 0,
  cut: 0,
  latencyMs: 20,
  updateRefused: 0,
  updateIgnored: 0,
  full: 0,
  stalled: 0,
  empty: 0,
  failed: 0,
  incomplete: 0,
  itemRefused: 0,
  strayError: 0,
  expired: 0,
  unasked: 0,
  lifeS: null,
}

/** Nothing goes wrong but that things take their time. */
export function isFaultless(faults: Faults): boolean {
  const { latencyMs: _latency, lifeS: _life, ...chances } = faults
  return Object.values(chances).every((chance) => chance === 0)
}

/** A third of all lives has one kind of fault, another has them all, the rest has none but slowness. */
export function randomFaults(random: Random): Faults {
  const kinds = Object.keys(NO_FAULTS) as (keyof Faults)[]
  const share = random.next()
  const chosen = share < 0.33 ? [random.pick(kinds)] : share < 0.66 ? kinds : []
  const likely = (kind: keyof Faults, most: number) => (chosen.includes(kind) ? random.between(0, most) : 0)
  return {
    refused: likely('refused', 0.5),
    unanswered: likely('unanswered', 0.2),
    closedAtOnce: likely('closedAtOnce', 0.3),
    dropped: likely('dropped', 0.05),
    doubled: likely('doubled', 0.1),
    garbage: likely('garbage', 0.1),
    cut: likely('cut', 0.02),
    latencyMs: random.pick([5, 50, 500, 3_000]),
    updateRefused: likely('updateRefused', 0.5),
    updateIgnored: likely('updateIgnored', 0.5),
    full: likely('full', 0.5),
    stalled: likely('stalled', 0.3),
    empty: likely('empty', 0.3),
    failed: likely('failed', 0.3),
    incomplete: likely('incomplete', 0.3),
    itemRefused: likely('itemRefused', 0.3),
    strayError: likely('strayError', 0.3),
    expired: likely('expired', 0.2),
    unasked: likely('unasked', 0.3),
    lifeS: random.chance(0.5) ? random.pick([70, 120, 300]) : null,
  }
}
