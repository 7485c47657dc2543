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
  /** Of each request for a response: refused by a rate limit. */
  readonly rateLimited: number
  /** Of each response: says nothing for ever, ends with nothing, fails, breaks off. */
  readonly stalled: number
  readonly empty: number
  readonly failed: number
  readonly incomplete: number
  /** Of each item: refused. */
  readonly itemRefused: number
  /** Of each turn: an error that belongs to no request, the end of the session, a response that nobody requested. */
  readonly strayError: number
  readonly expired: number
  readonly unsolicited: number
  /** Of each error: it names neither its request nor the setting; of each response: it does not return our metadata. */
  readonly bareError: number
  readonly metadataLost: number
  /** Of each response: an update is reported after it that nobody requested. */
  readonly unaskedUpdate: number
  /** How long a session lives, in s; null if it does not expire. */
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
  rateLimited: 0,
  stalled: 0,
  empty: 0,
  failed: 0,
  incomplete: 0,
  itemRefused: 0,
  strayError: 0,
  expired: 0,
  unsolicited: 0,
  bareError: 0,
  metadataLost: 0,
  unaskedUpdate: 0,
  lifeS: null,
}

/** Whether nothing goes wrong, except that things take time. */
export function isFaultless(faults: Faults): boolean {
  const { latencyMs: _latency, lifeS: _life, ...chances } = faults
  return Object.values(chances).every((chance) => chance === 0)
}

/** A third of all lives has one kind of fault, another has them all, the rest has none but slowness. */
export function randomFaults(random: Random): Faults {
  const kinds = Object.keys(NO_FAULTS) as (keyof Faults)[]
  const share = random.next()
  const chosen = share < 0.33 ? [random.pick(kinds)] : share < 0.66 ? kinds : []
  const draw = (kind: keyof Faults, highest: number) => (chosen.includes(kind) ? random.between(0, highest) : 0)
  return {
    refused: draw('refused', 0.5),
    unanswered: draw('unanswered', 0.2),
    closedAtOnce: draw('closedAtOnce', 0.3),
    dropped: draw('dropped', 0.05),
    doubled: draw('doubled', 0.1),
    garbage: draw('garbage', 0.1),
    cut: draw('cut', 0.02),
    latencyMs: random.pick([5, 50, 500, 3_000]),
    updateRefused: draw('updateRefused', 0.5),
    updateIgnored: draw('updateIgnored', 0.5),
    rateLimited: draw('rateLimited', 0.5),
    stalled: draw('stalled', 0.3),
    empty: draw('empty', 0.3),
    failed: draw('failed', 0.3),
    incomplete: draw('incomplete', 0.3),
    itemRefused: draw('itemRefused', 0.3),
    strayError: draw('strayError', 0.3),
    expired: draw('expired', 0.2),
    unsolicited: draw('unsolicited', 0.3),
    bareError: draw('bareError', 1),
    metadataLost: draw('metadataLost', 1),
    unaskedUpdate: draw('unaskedUpdate', 0.5),
    lifeS: random.chance(0.5) ? random.pick([70, 120, 300]) : null,
  }
}
