import { setTimeout as delay, setImmediate as nextTurn } from 'node:timers/promises'
import { type Children, endGracefully } from '../processes/child.ts'
import type { CallMark } from '../processes/orphans.ts'
import { signalGroup } from '../processes/process-group.ts'
import { startDeadline } from '../time.ts'
import { readLines } from '../tools/lines.ts'
import { exitBehindWrappers } from '../tools/sandbox.ts'
import {
  type AnswerFormat,
  describeEnd,
  failure,
  judgeFailure,
  outputFailure,
  type Verdict,
} from '../tools/tool-contract.ts'
import type { Launch } from '../tools/tool-launch.ts'
import { readStderr, streamEnd } from '../tools/tool-output.ts'
import { createWorkerInput } from './worker-input.ts'
import { cancelLine, idAtStart, judgeMessage, readMessage, requestLine, type WorkerRequest } from './worker-protocol.ts'

/** How long a worker may take to say that it is ready, in ms. */
const READY_MS = 5_000
/** Calls in a row that time out before a worker is given up. */
const TIMEOUTS_MAX = 3
/** The longest line a worker may write, in characters: 1 MiB of output, most of it escaped. */
const LINE_CHARACTERS_MAX = 4 * 1_048_576
/** Lines in a row that are not messages before a worker is given up. */
const NOISE_MAX = 1_000
/** The most open calls of one worker, and the most remembered calls that were given up and may still be answered. */
const CALLS_MAX = 1_000
/** How long a worker that closed its input or output may take to end, in ms. */
const ENDING_MS = 500
/** How long its output is still read after its end, in ms. */
const DRAIN_MS = 100

interface WorkerPorts {
  readonly children: Children
  readonly killOrphans: (mark: CallMark) => Promise<void>
  readonly mark: CallMark
  /** A line of stderr, masked. */
  readonly onLine: (line: string) => void
  /** A line of stdout that is not a message, masked. */
  readonly onNoise: (line: string) => void
  /** A line that answers a call, with secrets. */
  readonly onReply: (line: string) => void
  /** The worker lives, and another one is needed. */
  readonly onLost: (loss: WorkerLoss) => void
}

/** Why a worker that lives is of no more use: it is `stuck`, answering none of its calls, or `broken`, which counts as a crash. */
export interface WorkerLoss {
  readonly kind: 'stuck' | 'broken'
  readonly reason: string
}

export interface WorkerProcess {
  readonly launch: Launch
  /** Null once it is ready; else why it never will be. */
  readonly ready: Promise<string | null>
  /** Why it ended by itself; null if it was asked to. */
  readonly ended: Promise<string | null>
  /** Resolves when nothing of it is left. */
  readonly cleanedUp: Promise<void>
  /** `onVerdict` is called once, unless the call is given up before. */
  call(request: WorkerRequest, format: AnswerFormat, onVerdict: (verdict: Verdict) => void): WorkerCall
  /** Takes no new calls, finishes those it has, and stops. */
  retire(): void
  stop(): void
}

export interface WorkerCall {
  /** The line that was sent, with secrets. */
  readonly line: string
  /** Tells the worker that nobody waits any more; `isLate` if that is because of the deadline. */
  giveUp(isLate: boolean): void
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
  const input = createWorkerInput(stdin)
  /** Oldest first; a list for the same reason as `open` in `tool-process.ts`. */
  const open: OpenCall[] = []
  /** Ids of calls given up: a late answer to one must not answer a later call with that id. */
  const abandonedIds = new Set<string>()
  const ready = Promise.withResolvers<string | null>()
  const ended = Promise.withResolvers<string | null>()
  let isReady = false
  let isRetired = false
  let isStopping = false
  let hasEnded = false
  let timeoutsInRow = 0
  let noiseInRow = 0
  let callCount = 0

  stdin.on('error', () => void onClosed('it closed its input'))
  void streamEnd(stdout).then(() => onClosed('it closed its output'))
  const stderrLines = readStderr(stderr, (line) => ports.onLine(mask(line)))
  readLines(stdout, LINE_CHARACTERS_MAX, { onLine: handleLine, onTooLong })
  const drained = Promise.all([streamEnd(stdout), streamEnd(stderr)])
  const endReadyDeadline = startDeadline(READY_MS, () => {
    ready.resolve(`it did not print {"ready":1} within ${READY_MS / 1_000} s`)
    if (pid !== undefined) signalGroup(pid, 'SIGKILL')
  })
  void ready.promise.then((why) => {
    endReadyDeadline()
    isReady = why === null
  })

  return { launch, ready: ready.promise, ended: ended.promise, cleanedUp: waitForEnd(), call, retire, stop }

  function call(request: WorkerRequest, format: AnswerFormat, onVerdict: (verdict: Verdict) => void): WorkerCall {
    callCount += 1
    const isReused = open.some(({ id }) => id === request.id) || abandonedIds.has(request.id)
    const id = isReused ? `${request.id}#${callCount}` : request.id
    const line = requestLine({ ...request, id })
    if (hasEnded) onVerdict(crashVerdict('it has just ended'))
    else if (input.isFull || open.length >= CALLS_MAX) {
      const detail = open.length >= CALLS_MAX ? `it has ${CALLS_MAX} calls open` : 'it does not read its input'
      onVerdict({ outcome: failure('unavailable', 'it is too busy'), detail })
    } else {
      open.push({ id, settle: (end) => onVerdict('outcome' in end ? end : judgeMessage(end, mask, format)) })
      input.write(line)
    }
    return {
      line,
      giveUp(isLate) {
        if (close(id) === undefined) return
        rememberAbandoned(id)
        input.write(cancelLine(id))
        if (isLate) timeoutsInRow += 1
        if (isLate && timeoutsInRow === TIMEOUTS_MAX)
          ports.onLost({ kind: 'stuck', reason: `it answered none of its last ${TIMEOUTS_MAX} calls` })
        stopWhenIdle()
      },
    }
  }

  /** Removes an open call; undefined if it is not open any more. */
  function close(id: string): OpenCall | undefined {
    const index = open.findIndex((openCall) => openCall.id === id)
    return index < 0 ? undefined : open.splice(index, 1)[0]
  }

  function rememberAbandoned(id: string): void {
    abandonedIds.add(id)
    const [oldest] = abandonedIds
    if (abandonedIds.size > CALLS_MAX && oldest !== undefined) abandonedIds.delete(oldest)
  }

  function handleLine(line: string): void {
    const message = readMessage(line)
    if (message.type === 'noise') return handleNoise(line)
    noiseInRow = 0
    if (message.type === 'ready') return ready.resolve(null)
    const answered = close(message.id)
    abandonedIds.delete(message.id)
    if (answered === undefined) return
    timeoutsInRow = 0
    ports.onReply(line)
    answered.settle(message)
    stopWhenIdle()
  }

  function handleNoise(line: string): void {
    noiseInRow += 1
    if (noiseInRow <= NOISE_MAX) ports.onNoise(mask(line))
    if (noiseInRow === NOISE_MAX + 1)
      giveUpWorker(crashVerdict('it wrote what is no message'), 'it wrote lines that are no messages')
  }

  /** If the line does not begin with its call's id, nobody knows whose answer it is. */
  function onTooLong(beginning: string): void {
    const id = idAtStart(beginning)
    const tooLarge = { outcome: outputFailure() }
    if (id !== undefined) close(id)?.settle(tooLarge)
    const verdict = id === undefined ? tooLarge : crashVerdict('its answer to another call was too long')
    giveUpWorker(verdict, 'it wrote a line without end')
  }

  /** Gives up a worker that lives on with a closed pipe. One that is ending closes its pipes too, so it gets a moment. */
  async function onClosed(reason: string): Promise<void> {
    const grace = delay(ENDING_MS, false, { ref: false }).then(() => nextTurn(false))
    const hasExited = await Promise.race([child.exited.then(() => true), grace])
    if (hasExited || isStopping) return
    if (isReady) return giveUpWorker(crashVerdict(reason), reason)
    ready.resolve(`${reason} before it was ready`)
    if (pid !== undefined) signalGroup(pid, 'SIGKILL')
  }

  function giveUpWorker(verdict: Verdict, reason: string): void {
    settleAll(verdict)
    ports.onLost({ kind: 'broken', reason })
    stdout.destroy()
    if (pid !== undefined) signalGroup(pid, 'SIGKILL')
  }

  function crashVerdict(words: string): Verdict {
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
    input.end()
    void endGracefully(child, launch.isSandboxed)
  }

  async function waitForEnd(): Promise<void> {
    const exit = await child.exited
    await Promise.race([drained, delay(DRAIN_MS)])
    const lastLine = stderrLines.lastLine()
    const actualExit = 'failure' in exit ? exit : exitBehindWrappers(launch, exit, lastLine)
    const detail = 'failure' in actualExit ? actualExit.failure : describeEnd(actualExit.exitCode, actualExit.signal)
    const why = lastLine === '' || 'failure' in actualExit ? mask(detail) : `${detail}: ${mask(lastLine)}`
    ready.resolve(`it ended before it was ready: ${why}`)
    hasEnded = true
    settleAll(crashVerdict(lastLine || detail))
    ended.resolve(isStopping ? null : why)
    if (pid !== undefined) signalGroup(pid, 'SIGKILL')
    child.release()
    await ports.killOrphans(ports.mark)
    for (const stream of [stdin, stdout, stderr]) stream.destroy()
  }
}
