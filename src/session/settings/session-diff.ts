import type { ReportedSession, SessionObject } from '../../realtime/session-object.ts'
import { authorPath } from './compile.ts'
import { deepEqual, leaves, type Path, pathOf, valueAt, withValue } from './leaves.ts'

/** What has to be sent so that an open session follows an agent. */
interface SessionDiff {
  /** The smallest set of whole parts that differ; empty if none do. */
  readonly update: SessionObject
  /** The whole session as it will be once the update is confirmed. */
  readonly next: SessionObject
  /** Author paths that cannot change in this session, with the reason. */
  readonly deferred: readonly { readonly field: string; readonly reason: string }[]
}

interface OpenSession {
  /** What it began with. */
  readonly created: ReportedSession
  /** Settings it may have instead of the accepted ones; if there are any, everything is sent. */
  readonly possiblyAccepted?: readonly SessionObject[]
}

/** Compares what the service accepted with what is wanted now. */
export function diffSession(
  accepted: SessionObject,
  wanted: SessionObject,
  { created, possiblyAccepted = [] }: OpenSession,
): SessionDiff {
  const known = [accepted, ...possiblyAccepted]
  const removals = uniquePaths(known.flatMap((session) => removedLeaves(session, wanted))).map((path) => ({
    path,
    ...revertedValue(path, accepted, created),
  }))
  const withReverted = removals.reduce((session, { path, value }) => withValue(session, path, value), wanted)
  const next = LOCKED.reduce(
    (session, path) => withValue(session, path, valueAt(accepted, path)),
    withoutManualSwitch(withReverted, accepted),
  )
  const parts = changedParts(accepted, next)
  const smallest = parts.reduce((update, path) => withValue(update, path, valueAt(next, path)), NOTHING_CHANGED)
  return {
    update: possiblyAccepted.length > 0 ? next : parts.length > 0 ? smallest : {},
    next,
    deferred: removals.flatMap(({ path, reason }) => {
      const field = authorPath(path.join('.'))
      return reason === undefined || field === null ? [] : [{ field, reason }]
    }),
  }
}

const NOTHING_CHANGED: SessionObject = { type: 'realtime' }

/** Settings that are fixed for the length of a session. */
const LOCKED = [
  'audio.input.format',
  'audio.input.noise_reduction',
  'audio.output.format',
  'providerData.tts.conversational',
  'providerData.tts.user_turn_mode',
].map(pathOf)

/** Parts that are sent whole, so that it does not matter whether a service merges or replaces below them. */
const PARTS = [
  'model',
  'instructions',
  'output_modalities',
  'temperature',
  'max_output_tokens',
  'tool_choice',
  'audio.input.transcription',
  'audio.input.turn_detection',
  'audio.output',
  'tools',
].map(pathOf)

const TURN_DETECTION = pathOf('audio.input.turn_detection')

function changedParts(accepted: SessionObject, next: SessionObject): readonly Path[] {
  const branches = Object.keys({ ...accepted.providerData, ...next.providerData }).map((key) => ['providerData', key])
  return [...PARTS, ...branches].filter((path) => {
    const value = valueAt(next, path)
    return value !== undefined && !deepEqual(valueAt(accepted, path), value)
  })
}

/** Leaves of the accepted session that the author no longer sets; a tool choice is one value. */
function removedLeaves(accepted: SessionObject, wanted: SessionObject): readonly Path[] {
  const { tool_choice, ...others } = accepted
  const paths = leaves(others).map(({ path }) => path)
  return (tool_choice === undefined ? paths : [['tool_choice'], ...paths])
    .filter((path) => valueAt(wanted, path) === undefined)
    .filter((path) => !goesWithDetectionType(path, accepted, wanted) && !LOCKED.some((locked) => isBelow(path, locked)))
}

function uniquePaths(paths: readonly Path[]): readonly Path[] {
  return [...new Map(paths.map((path) => [JSON.stringify(path), path])).values()]
}

/** Whether a key goes away together with its kind of turn detection. */
function goesWithDetectionType(path: Path, accepted: SessionObject, wanted: SessionObject): boolean {
  return (
    isBelow(path, TURN_DETECTION) &&
    accepted.audio?.input?.turn_detection?.type !== wanted.audio?.input?.turn_detection?.type
  )
}

/** The value of a removed setting: what the service began with. If that is not known, it stays until the next session. */
function revertedValue(
  path: Path,
  accepted: SessionObject,
  created: ReportedSession,
): { value: unknown; reason?: string } {
  const old = valueAt(accepted, path)
  if (path[0] === 'providerData') {
    return { value: old, reason: 'the service merges provider_data, so absence cannot be said' }
  }
  const first = valueAt(created, path)
  if (first !== undefined && isSendable(first, path) && isOfSameDetection(path, accepted, created))
    return { value: first }
  return { value: old, reason: 'the service never reported its own value for it' }
}

/** Whether the value may be sent: `null` only where the protocol allows it. */
function isSendable(value: unknown, path: Path): boolean {
  return value !== null || path.at(-1) === 'idle_timeout_ms'
}

function isOfSameDetection(path: Path, accepted: SessionObject, created: ReportedSession): boolean {
  if (!isBelow(path, TURN_DETECTION)) return true
  return valueAt(created, [...TURN_DETECTION, 'type']) === accepted.audio?.input?.turn_detection?.type
}

/** Keeps turn detection from changing to or from manual in an open session: the channel would have to change with it. */
function withoutManualSwitch(wanted: SessionObject, accepted: SessionObject): SessionObject {
  const before = valueAt(accepted, TURN_DETECTION)
  const after = valueAt(wanted, TURN_DETECTION)
  return (before === null) === (after === null) ? wanted : withValue(wanted, TURN_DETECTION, before)
}

function isBelow(path: Path, parent: Path): boolean {
  return parent.every((key, index) => path[index] === key)
}
