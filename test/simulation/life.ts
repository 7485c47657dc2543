import { drawAgent } from '../lives/agents.ts'
import { Books } from '../lives/books.ts'
import { debtsOf } from '../lives/debts.ts'
import { brokenBy } from '../lives/invariants.ts'
import { createRandom } from '../lives/random.ts'
import { startCaller } from './caller.ts'
import { openSimulated, type Surroundings } from './conversation.ts'
import { type Faults, isFaultless, NO_FAULTS, randomFaults } from './faults.ts'
import { openLine } from './line.ts'
import { waitsFor, wordsFor, wordsOf, wordsOfBooks } from './telling.ts'
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
const STORM_MS = 90_000
const CALM_MS = 150_000
/** How long an answer may take when nothing goes wrong any more, in ms. */
const ANSWER_MS = 90_000
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
  const books = new Books()
  const agent = drawAgent(random)
  let faults: Faults = randomFaults(random)
  const isKind = isFaultless(faults)
  let broken: string | null = null
  let ids = 0
  let steps = 0
  let takeOvers = 0
  let lines = 0
  let closed = 0

  const say = (words: string) => {
    if (broken === null) story.push(`${((time.now - START) / 1_000).toFixed(3).padStart(9)}  ${words}`)
  }
  const fail = (what: string) => {
    say(`BROKEN    ${what}; the books: ${wordsOfBooks(books)}`)
    broken ??= what
  }
  const nextId = (prefix: string) => {
    ids += 1
    return `${prefix}_${ids}`
  }
  const surroundings: Surroundings = {
    connect(onEvent) {
      lines += 1
      const name = `line ${lines}`
      const watch = {
        lost: ({ type }: { readonly type: string }) => say(`service ✗ ${type} (lost)`),
        note: (words: string) => say(`${name}    ${words}`),
        expired() {
          say(`${name}    has expired`)
          if (isKind) fail('a session ends by itself although nothing goes wrong')
        },
      }
      return openLine({ time, random, nextId, faults: () => faults, watch }, (event) => {
        if (event.type === 'socket.closed') closed += 1
        onEvent(event)
      })
    },
    runTool: (callId, finished) => runScript({ random, time }, callId, finished),
    onStep(before, event, step) {
      steps += 1
      if (event !== null) say(wordsFor(event))
      for (const effect of step[1]) say(`                ${wordsOf(effect)}`)
      if (step[1].some(({ type }) => type === 'takeOver')) takeOvers += 1
      if (steps > STEPS_MAX) fail('it goes round and round')
      if (event === null) return books.begin(step[1])
      const wrong = brokenBy(books.take(before, event, step))
      if (wrong !== null) fail(wrong)
    },
  }
  const conversation = openSimulated(agent, { time, random, surroundings })
  const isOver = () => conversation.state.phase === 'closed' || broken !== null

  const stopCaller = startCaller(random, time, conversation)
  time.run(random.between(2_000, STORM_MS), isOver)
  stopCaller()
  say('— from here on the service behaves, and the caller is quiet —')
  faults = { ...NO_FAULTS, lifeS: faults.lifeS }
  time.run(CALM_MS, isOver)
  if (!isOver()) judge()
  if (!isOver() && conversation.state.lifetime.pendingEnd === null) askOnce()
  if (!isOver()) conversation.tell({ type: 'stop.requested', drain: random.pick(['said', 'heard'] as const) })
  if (!time.run(END_MS, isOver)) fail(`it does not end: ${waitsFor(conversation.state)}`)
  time.run(20_000)
  judge()
  if (closed < lines) fail(`of ${lines} connections ${closed} are closed`)
  return { broken, story, steps, takeOvers }

  /** When nothing goes wrong any more, a question is answered. */
  function askOnce(): void {
    conversation.tell({ type: 'caller.resumed' })
    const from = books.reports.length
    conversation.tell({ type: 'caller.text', text: 'what is it' })
    const answered = () =>
      books.reports.slice(from).some((report) => report.type === 'agent.transcript' && report.text !== '') || isOver()
    if (!time.run(ANSWER_MS, answered)) fail('a question is not answered although nothing goes wrong any more')
  }

  function judge(): void {
    for (const debt of debtsOf(books, conversation.state)) fail(debt)
  }
}
