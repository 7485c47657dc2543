import { drawAgent } from '../lives/agents.ts'
import { brokenInvariant } from '../lives/invariants.ts'
import { LifeObserver } from '../lives/observer.ts'
import { createRandom } from '../lives/random.ts'
import { unfinishedWork } from '../lives/unfinished.ts'
import { startCaller } from './caller.ts'
import { openConnection } from './connection.ts'
import { openSimulated, type SimulatedWorld } from './conversation.ts'
import { type Faults, isFaultless, NO_FAULTS, randomFaults } from './faults.ts'
import { effectLine, eventLine, observerLine, pendingLine } from './log-lines.ts'
import { runScript } from './tools.ts'
import { createVirtualTime } from './virtual-time.ts'

/** What became of one life: what was broken, or null, and its story line by line. */
export interface Outcome {
  readonly broken: string | null
  readonly story: readonly string[]
  readonly steps: number
  /** Sessions that took the place of another one that was still open. */
  readonly takeOvers: number
}

/** How long things go wrong at most, and how long the service then behaves, in ms of virtual time. */
const FAULTY_MS = 90_000
const CALM_MS = 150_000
/** How long an answer may take when nothing goes wrong any more, in ms. */
const ANSWER_MS = 90_000
/** How long a stop that waits until all is said may take, in ms: the longest chain of bounded waits. */
const END_MS = 120_000
/** Steps of one life; more is a loop. */
const STEPS_MAX = 20_000

const START = Date.UTC(2026, 10, 25)

/** A whole life of a conversation, decided by its seed: an agent, a service with faults, a caller, tools, edits, and an end. */
export function simulateLife(seed: number): Outcome {
  const random = createRandom(seed)
  const time = createVirtualTime(START)
  const story: string[] = []
  const observer = new LifeObserver()
  const agent = drawAgent(random)
  let faults: Faults = randomFaults(random)
  const isFaultFree = isFaultless(faults)
  let broken: string | null = null
  let ids = 0
  let steps = 0
  let takeOvers = 0
  let lines = 0
  let closed = 0

  const log = (words: string) => {
    if (broken === null) story.push(`${((time.now - START) / 1_000).toFixed(3).padStart(9)}  ${words}`)
  }
  const fail = (what: string) => {
    log(`BROKEN    ${what}; the observer: ${observerLine(observer)}`)
    broken ??= what
  }
  const nextId = (prefix: string) => {
    ids += 1
    return `${prefix}_${ids}`
  }
  const surroundings: SimulatedWorld = {
    connect(onEvent) {
      lines += 1
      const name = `line ${lines}`
      const watch = {
        lost: ({ type }: { readonly type: string }) => log(`service ✗ ${type} (lost)`),
        note: (words: string) => log(`${name}    ${words}`),
        expired() {
          log(`${name}    has expired`)
          if (isFaultFree) fail('a session ends by itself although nothing goes wrong')
        },
      }
      return openConnection({ time, random, nextId, faults: () => faults, watch }, (event) => {
        if (event.type === 'socket.closed') closed += 1
        onEvent(event)
      })
    },
    runTool: (callId, finished) => runScript({ random, time }, callId, finished),
    onStep(before, event, step) {
      steps += 1
      if (event !== null) log(eventLine(event))
      for (const effect of step[1]) log(`                ${effectLine(effect)}`)
      if (step[1].some(({ type }) => type === 'takeOver')) takeOvers += 1
      if (steps > STEPS_MAX) fail('it goes round and round')
      if (event === null) return observer.begin(step[1])
      const wrong = brokenInvariant(observer.observe(before, event, step))
      if (wrong !== null) fail(wrong)
    },
  }
  const conversation = openSimulated(agent, { time, random, world: surroundings })
  const isOver = () => conversation.state.phase === 'closed' || broken !== null

  const stopCaller = startCaller(random, time, conversation)
  time.run(random.between(2_000, FAULTY_MS), isOver)
  stopCaller()
  log('— from here on the service behaves, and the caller is there and quiet —')
  conversation.dispatch({ type: 'caller.resumed' })
  faults = { ...NO_FAULTS, lifeS: faults.lifeS }
  time.run(CALM_MS, isOver)
  if (!isOver()) failIfUnfinished()
  if (!isOver() && conversation.state.lifetime.pendingEnd === null) askOnce()
  if (!isOver()) conversation.dispatch({ type: 'stop.requested', drain: random.pick(['said', 'heard'] as const) })
  if (!time.run(END_MS, isOver)) fail(`it does not end: ${pendingLine(conversation.state)}`)
  time.run(20_000)
  failIfUnfinished()
  if (closed < lines) fail(`of ${lines} connections ${closed} are closed`)
  return { broken, story, steps, takeOvers }

  /** When nothing goes wrong any more, a question is answered. */
  function askOnce(): void {
    const from = observer.reports.length
    conversation.dispatch({ type: 'caller.text', text: 'what is it' })
    const answered = () =>
      observer.reports.slice(from).some((report) => report.type === 'agent.transcript' && report.text !== '') ||
      isOver()
    if (!time.run(ANSWER_MS, answered)) fail('a question is not answered although nothing goes wrong any more')
  }

  function failIfUnfinished(): void {
    for (const debt of unfinishedWork(observer, conversation.state)) fail(debt)
  }
}
