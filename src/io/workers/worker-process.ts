import { setTimeout as delay, setImmediate as nextTurn } from 'node:timers/promises'
import { startDeadline } from '../deadline.ts'
import { type Children, seeOut } from '../processes/child.ts'
import type { CallMark } from '../processes/orphans.ts'
import { signalGroup } from '../processes/process-group.ts'
import { readLines } from '../tools/lines.ts'
import { endBehind } from '../tools/sandbox.ts'
import {
  type AnswerFormat,
  describeEnd,
  failure,
  judgeFailure,
  outputFailure,
  type Verdict,
} from '../tools/tool-contract.ts'
import type { Launch } from '../tools/tool-launch.ts'
import { atEnd, readWords } from '../tools/tool-output.ts'
import { cancelLine, judgeMessage, readMessage, requestLine, type WorkerRequest } from './worker-protocol.ts'

/** How long a worker may take to say that it is ready, in ms. */
const READY_MS = 5_000
/** Calls in a row that time out before a worker is given up. */
const LOST_MAX = 3
/** The longest line a worker may write, in characters: 1 MiB of output, most of it escaped. */
const LINE_CHARACTERS_MAX = 4 * 1_048_576
/** Lines in a row that are not messages before a worker is given up. */
const NOISE_MAX = 1_000
/** The most open calls of one worker, and the most remembered calls that were given up and may still be answered. */
const CALLS_MAX = 1_000
/** The most bytes that may wait for a worker that does not read. */
const INPUT_BYTES_MAX = 16 * 1_048_576
/** How long a worker that closed its input or output may take to end, in ms. */
const ENDING_MS = 500
/** How long its last words are still read after its end, in ms. */
const DRAIN_MS = 100

interface WorkerPorts {
  readonly children: Children
  readonly huntStrays: (mark: CallMark) => Promise<void>
  readonly mark: CallMark
  /** A line of stderr, masked. */
  readonly onLine: (line: string) => void
  /** A line of stdout that is not a message, masked. */
  readonly onNoise: (line: string) => void
  /** A line that answers a call, with secrets. */
  readonly onReply: (line: string) => void
  /** The worker lives but no longer answers, so another one is needed. `isFault` if that counts as a crash. */
  readonly onLost: (reason: string, isFault: boolean) => void
}

export interface WorkerProcess {
  readonly launch: Launch
  /** Null once it is ready; else why it never will be. */
  readonly ready: Promise<string | null>
  /** Why it ended by itself; null if it was asked to. */
  readonly ended: Promise<string | null>
  /** Resolves when nothing of it is left. */
  readonly gone: Promise<void>
  call(request: WorkerRequest, wanted: AnswerFormat): WorkerCall
  /** Takes no new calls, finishes those it has, and stops. */
  retire(): void
  stop(): void
}

export interface WorkerCall {
  readonly verdict: Promise<Verdict>
  /** The line that was sent, with secrets. */
  readonly line: string
  /** Tells the worker that nobody waits any more; `isLost` if that is because of the deadline. */
  giveUp(isLost: boolean): void
}

/** A call the worker has not answered. */
interface OpenCall {
  readonly id: string
  readonly settle: (end: Parameters<typeof judgeMessage>[0] | Verdict) => void
}

/** Starts a worker and talks to it. Throws if the system refuses the start at once. */
export function startWorker(launch: Launch, ports: WorkerPorts): WorkerProcess {
  const { mask } = launch
  const child = ports.children.start(launch)
  const { pid, stdin, stdout, stderr } = child
  /** Oldest first; a list for the same reason as `open` in `tool-process.ts`. */
  const open: OpenCall[] = []
  /** Ids of calls given up: a late answer to one must not answer a later call with that id. */
  const left = new Set<string>()
  const ready = Promise.withResolvers<string | null>()
  const ended = Promise.withResolvers<string | null>()
  let isReady = false
  let isRetired = false
  let isStopping = false
  let isOver = false
  let lostInRow = 0
  let noise = 0
  let ids = 0
  let waiting = ''

  stdin.on('error', () => void onClosed('it closed its input'))
  void atEnd(stdout).then(() => onClosed('it closed its output'))
  const said = readWords(stderr, (line) => ports.onLine(mask(line)))
  readLines(stdout, LINE_CHARACTERS_MAX, { onLine: take, onTooLong })
  const drained = Promise.all([atEnd(stdout), atEnd(stderr)])
  const endPatience = startDeadline(READY_MS, () => {
    ready.resolve(`it did not print {"ready":1} within ${READY_MS / 1_000} s`)
    if (pid !== undefined) signalGroup(pid, 'SIGKILL')
  })
  void ready.promise.then((why) => {
    endPatience()
    isReady = why === null
  })

  return { launch, ready: ready.promise, ended: ended.promise, gone: follow(), call, retire, stop }

  function call(request: WorkerRequest, wanted: AnswerFormat): WorkerCall {
    const { promise, resolve } = Promise.withResolvers<Verdict>()
    ids += 1
    const id = open.some(({ id }) => id === request.id) || left.has(request.id) ? `${request.id}#${ids}` : request.id
    const line = requestLine({ ...request, id })
    if (isOver) resolve(crash('it has just ended'))
    else if (stdin.writableLength > INPUT_BYTES_MAX || open.length >= CALLS_MAX) {
      const detail = open.length >= CALLS_MAX ? `it has ${CALLS_MAX} calls open` : 'it does not read its input'
      resolve({ outcome: failure('unavailable', 'it is too busy'), detail })
    } else {
      open.push({ id, settle: (end) => resolve('outcome' in end ? end : judgeMessage(end, mask, wanted)) })
      write(line)
    }
    return {
      verdict: promise,
      line,
      giveUp(isLost) {
        if (close(id) === undefined) return
        leave(id)
        write(cancelLine(id))
        if (isLost) lostInRow += 1
        if (isLost && lostInRow === LOST_MAX) ports.onLost(`it answered none of its last ${LOST_MAX} calls`, false)
        stopWhenIdle()
      },
    }
  }

  /** Removes an open call; undefined if it is not open any more. */
  function close(id: string): OpenCall | undefined {
    const index = open.findIndex((one) => one.id === id)
    return index < 0 ? undefined : open.splice(index, 1)[0]
  }

  function leave(id: string): void {
    left.add(id)
    const [oldest] = left
    if (left.size > CALLS_MAX && oldest !== undefined) left.delete(oldest)
  }

  /** Lines of one moment are sent together. */
  function write(line: string): void {
    waiting += line
    if (waiting.length > line.length) return
    process.nextTick(() => {
      stdin.write(waiting)
      waiting = ''
    })
  }

  function take(line: string): void {
    const message = readMessage(line)
    if (message.type === 'noise') return takeNoise(line)
    noise = 0
    if (message.type === 'ready') return ready.resolve(null)
    const answered = close(message.id)
    left.delete(message.id)
    if (answered === undefined) return
    lostInRow = 0
    ports.onReply(line)
    answered.settle(message)
    stopWhenIdle()
  }

  function takeNoise(line: string): void {
    noise += 1
    if (noise <= NOISE_MAX) ports.onNoise(mask(line))
    if (noise === NOISE_MAX + 1) abandon(crash('it wrote what is no message'), 'it wrote lines that are no messages')
  }

  /** The rest of the line cannot be read, so nobody knows whose answer it was. */
  function onTooLong(): void {
    abandon({ outcome: outputFailure() }, 'it wrote a line without end')
  }

  /** Gives up a worker that lives on with a closed pipe. One that is ending closes its pipes too, so it gets a moment. */
  async function onClosed(reason: string): Promise<void> {
    const patient = delay(ENDING_MS, false, { ref: false }).then(() => nextTurn(false))
    const hasEnded = await Promise.race([child.exited.then(() => true), patient])
    if (hasEnded || isStopping) return
    if (isReady) return abandon(crash(reason), reason)
    ready.resolve(`${reason} before it was ready`)
    if (pid !== undefined) signalGroup(pid, 'SIGKILL')
  }

  function abandon(verdict: Verdict, reason: string): void {
    settleAll(verdict)
    ports.onLost(reason, true)
    stdout.destroy()
    if (pid !== undefined) signalGroup(pid, 'SIGKILL')
  }

  function crash(words: string): Verdict {
    return judgeFailure('crashed', words, mask)
  }

  function settleAll(verdict: Verdict): void {
    for (const { settle } of open.splice(0)) settle(verdict)
  }

  function retire(): void {
    isRetired = true
    stopWhenIdle()
  }

  function stopWhenIdle(): void {
    if (isRetired && open.length === 0) stop()
  }

  function stop(): void {
    if (isStopping) return
    isStopping = true
    process.nextTick(() => stdin.end())
    void seeOut(child, launch.isSandboxed)
  }

  async function follow(): Promise<void> {
    const exit = await child.exited
    await Promise.race([drained, delay(DRAIN_MS)])
    const lastLine = said.lastLine()
    const seen = 'failure' in exit ? exit : endBehind(launch, exit, lastLine)
    const detail = 'failure' in seen ? seen.failure : describeEnd(seen.exitCode, seen.signal)
    const why = lastLine === '' || 'failure' in seen ? mask(detail) : `${detail}: ${mask(lastLine)}`
    ready.resolve(`it ended before it was ready: ${why}`)
    isOver = true
    settleAll(crash(lastLine || detail))
    ended.resolve(isStopping ? null : why)
    if (pid !== undefined) signalGroup(pid, 'SIGKILL')
    child.release()
    await ports.huntStrays(ports.mark)
    for (const stream of [stdin, stdout, stderr]) stream.destroy()
  }
}
