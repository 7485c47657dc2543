import type { Agent } from '../../src/agent/agent.ts'
import type { Tool } from '../../src/agent/tool.ts'
import type { SessionEvent } from '../../src/session/event.ts'
import type { Report } from '../../src/session/report.ts'
import type { SessionState } from '../../src/session/state.ts'
import type { Step } from '../../src/session/stepping.ts'
import { agentWith, controlNamed, toolNamed } from '../helpers/agents.ts'
import { INVARIANTS } from '../session/invariants.ts'
import { openSimulated, type SimulatedConversation, type Surroundings } from './conversation.ts'
import { type Faults, isFaultless, NO_FAULTS, randomFaults } from './faults.ts'
import { openLine } from './line.ts'
import { Observer } from './observer.ts'
import { createRandom, type Random } from './random.ts'
import { createVirtualTime, type VirtualTime } from './virtual-time.ts'

/** What became of one life: what was broken, or null, and its story line by line. */
export interface Outcome {
  readonly broken: string | null
  readonly story: readonly string[]
  readonly steps: number
  /** Sessions that took the place of another one that was still open. */
  readonly takeOvers: number
}

/** How long things go wrong at most, and how long the service then behaves, in ms of virtual time. */
const STORM_MS = 90_000
const CALM_MS = 150_000
/** How long a stop that waits until all is said may take, in ms: the longest chain of bounded waits. */
const END_MS = 120_000
/** Steps of one life; more is a loop. */
const STEPS_MAX = 20_000

const START = Date.UTC(2026, 10, 25)

/** A whole life of a conversation, decided by its seed: an agent, a service with faults, a caller, tools, edits, and an end. */
export function liveOnce(seed: number): Outcome {
  const random = createRandom(seed)
  const time = createVirtualTime(START)
  const story: string[] = []
  const observer = new Observer()
  const reports: Report[] = []
  const agent = randomAgent(random)
  let faults: Faults = randomFaults(random)
  const isKind = isFaultless(faults)
  let broken: string | null = null
  let count = 0
  let steps = 0
  let lines = 0
  /** The lines of the session that is live, and of the one to come; those that are over, or were told to end. */
  let liveLine = 0
  let nextLine = 0
  const ended = new Set<number>()
  const closed = new Set<number>()
  let takeOvers = 0

  const say = (words: string) => {
    if (broken !== null) return
    story.push(`${((time.now - START) / 1_000).toFixed(3).padStart(9)}  ${words}`)
  }
  const fail = (what: string) => {
    say(`BROKEN    ${what}; the books: ${observer.words()}`)
    broken ??= what
  }
  const nextId = (prefix: string) => {
    count += 1
    return `${prefix}_${count}`
  }
  const surroundings: Surroundings = {
    connect: (onEvent, isNext) => {
      lines += 1
      const mine = lines
      if (isNext) nextLine = mine
      else liveLine = mine
      const line = openLine(
        {
          time,
          random,
          nextId,
          faults: () => faults,
          watch: {
            sent: () => {},
            event: (event, fate) => {
              if (fate === 'lost') say(`service ✗ ${event.type} (lost)`)
              if (mine === liveLine) observer.heard(event, fate, 'live')
              if (mine === nextLine) observer.heard(event, fate, 'next')
            },
            note: (words) => say(`line ${mine}    ${words}`),
            expired() {
              say(`line ${mine}    has expired`)
              if (isKind) fail('a session ends by itself although nothing goes wrong')
            },
          },
        },
        (event) => {
          if (event.type === 'socket.closed') {
            ended.add(mine)
            closed.add(mine)
          }
          onEvent(event)
        },
      )
      return {
        send: line.send,
        close() {
          ended.add(mine)
          line.close()
        },
      }
    },
    runTool(callId, finished) {
      let cancelled = false
      const outcome = random.pick([
        { status: 'ok', output: '{"seats":2}' },
        { status: 'timeout', message: 'took longer than 8 s' },
        { status: 'failed', message: 'no such thing' },
      ] as const)
      const end = (result: typeof outcome | { status: 'cancelled'; message: string }, ms: number) =>
        time.after(ms, () => finished({ type: 'tool.finished', callId, outcome: result, ms }))
      const stop = end(outcome, random.between(5, 8_000))
      return {
        cancel() {
          if (cancelled) return
          cancelled = true
          stop()
          end({ status: 'cancelled', message: 'it was ended' }, 100)
        },
      }
    },
    onStep(before, event) {
      steps += 1
      if (event !== null) say(wordsFor(event))
      if (event?.type === 'timer.fired') observer.timers.delete(event.timer)
      if (event?.type === 'timer.fired' && event.timer === 'progress') observer.gaveUp()
      if (steps > STEPS_MAX) fail('it goes round and round')
      if (before.phase === 'closed') return
    },
    onDone(before, event, [state, effects]) {
      for (const effect of effects) {
        if (effect.type === 'report') reports.push(effect.report)
        say(`                ${wordsOf(effect)}`)
      }
      const wasLive = observer.isConfirmed
      const wasNextReady = observer.isNextConfirmed
      const [old, sent] = [before.config.sent, state.config.sent]
      const isNext = old?.eventId !== sent?.eventId && sent?.repeated !== true
      const isOther = event?.type === 'server' || event?.type === 'timer.fired'
      if ((isNext && isOther) || before.config.sent === null || state.config.sent === null) observer.waitsForNoUpdate()
      observer.note(effects)
      if (effects.some(({ type }) => type === 'takeOver')) {
        liveLine = nextLine
        nextLine = 0
        takeOvers += 1
      }
      observer.sockets = lines - ended.size
      if (event !== null) check({ before, event, step: [state, effects], wasLive, wasNextReady })
    },
  }

  function check(given: {
    before: SessionState
    event: SessionEvent
    step: Step
    wasLive: boolean
    wasNextReady: boolean
  }): void {
    const [state, effects] = given.step
    const { before, event, wasLive, wasNextReady } = given
    for (const [name, holds] of Object.entries(INVARIANTS)) {
      if (broken === null && !holds({ before, state, event, effects, world: observer, wasLive, wasNextReady }))
        fail(name)
    }
  }

  const conversation = openSimulated(agent, { time, random, surroundings })
  const isOver = () => conversation.state.phase === 'closed' || broken !== null

  const stopCaller = startCaller({ random, time, conversation, agent })
  time.run(random.between(2_000, STORM_MS), isOver)
  stopCaller()
  say('— from here on the service behaves, and the caller is quiet —')
  faults = { ...NO_FAULTS, lifeS: faults.lifeS }
  time.run(CALM_MS, isOver)
  if (!isOver() && conversation.state.life.over === null) askOnce()
  if (!isOver()) conversation.tell({ type: 'stop.requested', drain: true })
  if (!time.run(END_MS, isOver)) fail(`it does not end: ${waitsFor(conversation.state)}`)
  time.run(20_000)
  if (broken === null) judge()
  return { broken, story, steps, takeOvers }

  /** When nothing goes wrong any more, a question is answered. */
  function askOnce(): void {
    conversation.tell({ type: 'caller.resumed' })
    const from = reports.length
    conversation.tell({ type: 'caller.text', text: 'what is it' })
    const answered = () =>
      reports.slice(from).some((report) => report.type === 'agent.transcript' && report.text !== '') || isOver()
    if (!time.run(90_000, answered)) fail('a question is not answered although nothing goes wrong any more')
  }

  /** It ended otherwise than by the stop that waits until all is done. */
  function wasCutShort(): boolean {
    return !reports.some((report) => report.type === 'session.closed' && report.reason === 'stopped')
  }

  function judge(): void {
    const started = reports.filter(({ type }) => type === 'tool.started')
    for (const { call_id } of started as Extract<Report, { type: 'tool.started' }>[]) {
      const ends = reports.filter((report) => report.type === 'tool.finished' && report.call_id === call_id)
      if (ends.length !== 1) fail(`the call ${call_id} has ${ends.length} ends`)
    }
    const behind = reports.filter((report) => report.type === 'tool.finished' && report.background)
    for (const { call_id } of behind as Extract<Report, { type: 'tool.finished' }>[]) {
      const times = observer.told.get(call_id) ?? 0
      if (times > 1) fail(`the result of ${call_id} is told ${times} times`)
      if (times === 0 && !wasCutShort()) fail(`the result of ${call_id} is never told`)
    }
    if (closed.size < lines) fail(`of ${lines} connections ${closed.size} are closed`)
    const closings = reports.filter(({ type }) => type === 'session.closed')
    if (closings.length !== 1) fail(`it is told ${closings.length} times that it is over`)
    if (reports.at(-1)?.type !== 'session.closed' && !isToolsEnd(reports)) fail('something is told after the end')
  }
}

/** What a conversation that stands still waits for. */
function waitsFor({ phase, turn, calls, config, sound, life }: SessionState): string {
  const { callerSpeaking, answerExpected, replyDue, requested, responses, heldTexts, guarded } = turn
  const open = calls.filter(({ answered }) => !answered).map(({ callId, stage }) => `${callId} ${stage}`)
  const spoken = { callerSpeaking, answerExpected, replyDue, requested, responses: responses.length, guarded }
  return JSON.stringify({
    phase,
    ...spoken,
    heldTexts,
    open,
    sent: config.sent?.eventId,
    sound: sound.playing,
    ...life,
  })
}

/** Processes may end after the conversation that began them. */
function isToolsEnd(reports: readonly Report[]): boolean {
  const end = reports.findIndex(({ type }) => type === 'session.closed')
  return reports.slice(end + 1).every(({ type }) => type === 'tool.finished')
}

function randomAgent(random: Random): Agent {
  const manual = random.hits(0.2)
  // biome-ignore lint/suspicious/noThenProperty: the author's word; no promise is near.
  const idle = random.hits(0.3) ? { idle: { after: '15s', say: 'Are you there?', times: 2, then: 'Goodbye.' } } : {}
  const interruptResponse = random.hits(0.5)
  const words =
    !interruptResponse && random.hits(0.8)
      ? {
          interruption: {
            min_words: 2,
            ignore: ['hm'],
            min_speech: '200ms',
            resume_after: random.pick(['0s', '1s', '2s']),
          },
        }
      : {}
  const onInterrupt = random.pick(['continue', 'cancel'] as const)
  const tools: Tool[] = [
    toolNamed('look', { onInterrupt, concurrency: random.pick(['allow', 'queue', 'reject'] as const) }),
    toolNamed('book', {
      ...(random.hits(0.3) ? { sayAfter: { delayMs: 1_500, text: 'One moment.' } } : {}),
      confirm: random.hits(0.2),
    }),
  ]
  if (random.hits(0.5))
    tools.push(toolNamed('mill', { background: true, concurrency: random.pick(['allow', 'queue'] as const) }))
  if (random.hits(0.2)) tools.push(controlNamed('end_call'), controlNamed('set_voice'))
  return agentWith({
    ...idle,
    ...words,
    ...(random.hits(0.5) ? { greeting: 'Hello.', greeting_interruptible: random.hits(0.7) } : {}),
    tools,
    limits: { max_tool_calls_in_flight: random.pick([1, 8]), ...(random.hits(0.1) ? { max_session: '1m' } : {}) },
    turn_detection: manual
      ? { type: 'manual' }
      : { type: 'semantic_vad', create_response: true, interrupt_response: interruptResponse },
  })
}

const SPEECH = new Uint8Array(2_880).fill(1)
const SILENCE = new Uint8Array(2_880)

/** A caller who speaks, types, goes silent and plays with the buttons, and an author who edits meanwhile. */
function startCaller(given: {
  random: Random
  time: VirtualTime
  conversation: SimulatedConversation
  agent: Agent
}): () => void {
  const { random, time, conversation, agent } = given
  let stopped = false
  let generation = 1
  let typed = 0

  /** No two are alike, so that one which is told twice, or not at all, is found. */
  function type(words: string): void {
    typed += 1
    conversation.tell({ type: 'caller.text', text: `${words}, ${typed}` })
  }

  function speak(pieces: number): void {
    if (stopped) return
    conversation.tell({ type: 'caller.audio', audio: pieces > 0 ? SPEECH : SILENCE })
    if (pieces > 0) time.after(240, () => speak(pieces - 1))
    else if (agent.turn_detection.type === 'manual') conversation.tell({ type: 'caller.committed' })
  }

  /** Waits for a while until the agent is heard, and speaks into it, or coughs. */
  function speakInto(tries: number): void {
    if (stopped || tries === 0) return
    if (conversation.state.sound.playing) speak(Math.ceil(random.between(0, 4)))
    else time.after(200, () => speakInto(tries - 1))
  }

  const doings: readonly (() => void)[] = [
    () => speakInto(50),
    () => speakInto(50),
    () => speak(Math.ceil(random.between(1, 8))),
    () => speak(Math.ceil(random.between(1, 8))),
    () => type(random.pick(['please look', 'book a table', 'mill the grain', 'what is it'])),
    () => type('look and book'),
    () => conversation.tell({ type: random.pick(['caller.paused', 'caller.resumed', 'caller.pressed'] as const) }),
    () => {
      generation += 1
      const changes = random.pick([
        { voice: 'Sarah' },
        { instructions: 'Be brief.' },
        { temperature: 0.3 },
        { tools: [] },
      ])
      const edited = agentWith({ ...agent, ...changes })
      conversation.tell({ type: 'agent.loaded', generation, agent: edited, noticedAt: time.now })
    },
  ]
  const goOn = (): void => {
    if (stopped) return
    random.pick(doings)()
    time.after(random.between(50, random.pick([500, 5_000, 40_000])), goOn)
  }
  time.after(random.between(0, 3_000), goOn)
  return () => {
    stopped = true
  }
}

function wordsFor(event: SessionEvent): string {
  switch (event.type) {
    case 'server':
      return `service → ${event.event.type}${'response' in event.event ? ` ${event.event.response.id} ${event.event.response.status}` : ''}`
    case 'next':
      return `next ${wordsFor(event.event)}`
    case 'timer.fired':
      return `timer     ${event.timer}`
    case 'caller.text':
      return `caller  → "${event.text}"`
    case 'tool.finished':
      return `tool    → ${event.callId} ${event.outcome.status}`
    default:
      return `        → ${event.type}`
  }
}

function wordsOf(effect: Step[1][number]): string {
  switch (effect.type) {
    case 'send':
      return `send ${effect.next ? 'next ' : ''}${effect.event.type}${'event_id' in effect.event ? ` (${effect.event.event_id})` : ''}`
    case 'report':
      return `report ${effect.report.type}${'message' in effect.report ? `: ${effect.report.message}` : ''}`
    case 'startTimer':
      return `timer ${effect.timer} in ${effect.ms} ms`
    case 'stopTimer':
      return `no timer ${effect.timer}`
    case 'connect':
    case 'close':
      return effect.next ? `${effect.type} next` : effect.type
    default:
      return effect.type
  }
}
