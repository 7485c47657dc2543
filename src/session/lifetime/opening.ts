import type { Agent, Connection } from '../../agent/agent.ts'
import type { ReportedSession } from '../../realtime/session-object.ts'
import type { ConfigState, SentUpdate } from '../config-state.ts'
import { describeChange } from '../edits/describe-change.ts'
import { withDescriptions } from '../edits/edit.ts'
import { nextOffer, withoutOffer } from '../edits/offers.ts'
import type { PlannedChange } from '../edits/plan-text.ts'
import type { Generation } from '../generation.ts'
import { wasLive } from '../lifetime-state.ts'
import { planChanges, type SettingChange } from '../plan.ts'
import { compileSession } from '../settings/compile.ts'
import { deepEqual, leaves, type Path, valueAt, withValue } from '../settings/leaves.ts'
import { dropRefusedUpdate } from '../settings/refusal.ts'
import {
  nextAdditions,
  sameAdditions,
  type WantedSettings,
  wantedSettings,
  withoutAdditions,
} from '../settings/wanted-settings.ts'
import { type SessionState, withConfig, withSound } from '../state.ts'
import { emit, nextEventId, type Part, report, type Step, send, sequence, withoutEffects } from '../stepping.ts'
import { noteExpiry } from './expiry.ts'

/** Sends the whole session once; what the caller says waits until the service has confirmed it. */
export function configureSession(state: SessionState, created: ReportedSession): Step {
  if (state.phase !== 'configuring' || state.config.sent !== null) return withoutEffects(state)
  const sent = openingUpdate(state, openingSettings(state), created)
  const offers = withoutOffer(state.config.offers, sent.generation.number)
  return sequence(
    withConfig(state, { created, reported: created, accepted: {}, offers, sent }),
    (now) => noteExpiry(now, created),
    sendOpeningUpdate(sent),
  )
}

/** The update that opens a session. */
export function openingUpdate(state: SessionState, generation: WantedSettings, created: ReportedSession): SentUpdate {
  const { confirmed } = state.config
  const session = compileSession(generation.agent)
  return {
    generation,
    own: generation.number === confirmed.number && !sameAdditions(generation.additions, confirmed.additions),
    eventId: nextEventId(state),
    firstEventId: null,
    update: session,
    next: session,
    changes: openingChanges(state, generation),
    noticedAt: nextOffer(state.config)?.noticedAt ?? state.moment.now,
    sentAt: state.moment.now,
    reportedBefore: created,
    provisionallyRefused: false,
  }
}

/** Sends the opening update, with what the service is to remember of the caller. */
export function sendOpeningUpdate({ update }: SentUpdate): Part {
  return (state) => {
    const { memory } = state.connection
    const session = memory === null ? update : withValue(update, ['providerData', 'memory', 'state'], memory)
    return send({ type: 'session.update', session })(state)
  }
}

/** Gives the open session what is wanted now, since the settings it was to begin with were refused. */
export function configureAgain(state: SessionState): Step {
  return sequence(
    state,
    emit({ type: 'startTimer', timer: 'confirm', ms: state.connection.timeouts.confirmMs }),
    (now) => configureSession(now, now.config.created),
  )
}

/** Gives the open session another generation than the one it was to begin with, or an edit that came meanwhile. */
export function fallBackTo(state: SessionState, fallback: Generation): Step {
  const { confirmed: refused, own } = state.config
  const [forgotten] = dropRefusedUpdate(withConfig(state, { confirmed: wantedSettings(fallback, own.additions) }))
  const reopened = withConfig(forgotten, { openedWith: fallback.agent, fallback: null })
  const replaced = withSound(reopened, { paused: fallback.agent.connection.start_audio_paused })
  const { number } = nextGeneration(replaced)
  const message = `the service refused generation ${refused.number}; this conversation begins with generation ${number}`
  return sequence(replaced, report({ type: 'warning', message }), configureAgain)
}

/**
 * What a session is opened with. One new thing at a time: if the generation itself is new, what the conversation added since has to wait.
 */
export function openingSettings(state: SessionState): WantedSettings {
  const { own, confirmed } = state.config
  const newest = nextGeneration(state)
  const isNew = newest.number !== confirmed.number
  return wantedSettings(newest, isNew ? confirmed.additions : nextAdditions(own.additions, confirmed.additions))
}

/** The generation the next session begins with. */
export function nextGeneration({ config }: SessionState): Generation {
  return nextOffer(config) ?? withoutAdditions(config.unconfirmed?.generation ?? config.confirmed)
}

/**
 * What an attempt connects with. Only a connection shows whether an edit of these settings is right, so those of the session before are
 * tried as well, after every other failure: neither an edit that is wrong nor a service that was away ends the conversation.
 */
export function connectionToTry({ config }: SessionState, wanted: Agent, failures: number): Connection {
  return failures % 2 === 0 ? wanted.connection : config.openedWith.connection
}

/**
 * The same for the attempt that is due or under way while no session is open. The first loss is the one that calls for an attempt. Before
 * the first session, a deferred edit is one that has opened none.
 */
export function reconnectionToTry(state: SessionState, wanted: Agent = nextGeneration(state).agent): Connection {
  if (wasLive(state)) return connectionToTry(state, wanted, Math.max(0, state.connection.losses - 1))
  const { openedWith, deferred } = state.config
  return deferred.length === 0 ? wanted.connection : openedWith.connection
}

/** Whether an edit of the connection settings has opened no session yet: then there are two to try, and no refusal is final. */
export function isConnectionEdited(state: SessionState): boolean {
  const { sent, openedWith } = state.config
  const { agent } = sent?.generation ?? nextGeneration(state)
  return !deepEqual(agent.connection, openedWith.connection)
}

/** What a session has been opened with, and what of the edits waits for another one, since it connected as the one before. */
export function asOpened(wanted: WantedSettings, connection: Connection): Pick<ConfigState, 'openedWith' | 'deferred'> {
  const agent = { ...wanted.agent, connection }
  return { openedWith: agent, deferred: planChanges(agent, wanted.agent).map(({ field }) => field) }
}

/** Says which settings another attempt connects with, if there are two to try. */
export function attemptText(state: SessionState, connection: Connection): string {
  if (!isConnectionEdited(state)) return ''
  const isBefore = deepEqual(connection, state.config.openedWith.connection)
  return isBefore ? ' with the connection settings before the edit' : ' with the edited connection settings'
}

/** The changes that waited for a new session and take effect in it. Nobody is greeted twice. */
export function openingChanges(state: SessionState, generation: Generation): readonly PlannedChange[] {
  const { confirmed, openedWith, deferred } = state.config
  if (!wasLive(state)) return []
  const planned = planChanges(confirmed.agent, generation.agent)
  const waitedOnly = deferred.filter((field) => !planned.some((change) => change.field === field))
  const changes: readonly PlannedChange[] = [
    ...waitedOnly.map((field) => ({
      field,
      when: 'now' as const,
      ...describeChange(openedWith, generation.agent, field),
    })),
    ...withDescriptions(state.config, generation.agent, planned.map(atOpening)),
  ]
  return changes.filter(({ field }) => field !== 'greeting')
}

/** The change as it takes effect when a session opens: nothing has to wait. */
function atOpening({ field }: SettingChange): SettingChange {
  return { field, when: 'now' }
}

/** Whether a refusal of the settings in force may be about what waited for a session to open: it names that, or nothing. */
export function mayRefuseDeferred({ deferred }: ConfigState, field: string | null): boolean {
  return deferred.some(
    (waitedOnly) =>
      field === null || `${waitedOnly}.`.startsWith(`${field}.`) || `${field}.`.startsWith(`${waitedOnly}.`),
  )
}

/** Gives up what waited for a session to open: the next one opens as the last one did. */
export function withoutDeferred(config: ConfigState): ConfigState {
  const { confirmed, openedWith, deferred } = config
  const isDeferred = (path: Path) => deferred.some((field) => `${path.join('.')}.`.startsWith(`${field}.`))
  const paths = [...leaves(openedWith), ...leaves(confirmed.authored)].map(({ path }) => path).filter(isDeferred)
  const agent = paths.reduce((kept, path) => withValue(kept, path, valueAt(openedWith, path)), confirmed.authored)
  return {
    ...config,
    deferred: [],
    confirmed: wantedSettings({ number: confirmed.number, agent }, confirmed.additions),
  }
}
