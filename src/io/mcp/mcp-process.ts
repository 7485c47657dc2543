import { setTimeout as delay } from 'node:timers/promises'
import type { Transport } from '@modelcontextprotocol/client'
import { type Child, type Children, type Command, seeOut } from '../processes/child.ts'
import { signalGroup } from '../processes/process-group.ts'
import { readLines } from '../tools/lines.ts'
import { describeEnd } from '../tools/tool-contract.ts'
import { atEnd, readWords } from '../tools/tool-output.ts'
import { AnswerTooLarge, messagesIn } from './mcp-no-answer.ts'
import { afterHearing, afterSending, onlyCall, type Unanswered } from './mcp-unanswered.ts'

/** Longest line that a server may write, in characters. */
const LINE_CHARACTERS_MAX = 10 * 1_048_576
/** Most that waits for a server that does not read, in bytes. */
const INPUT_BYTES_MAX = 16 * 1_048_576
/** How long the rest of its end is waited for, in ms: its last words, and its process where its output ends first. */
const DRAIN_MS = 100

interface ServerPorts {
  readonly children: Children
  /** A line of its standard error, with secrets. */
  readonly onLine: (line: string) => void
  /** A line of its standard output that is no message, nor an answer to anybody: servers print there by mistake. With secrets. */
  readonly onNoise: (line: string) => void
}

/** A way to a server that is a process, in the form that the library wants. */
export interface ServerProcess extends Transport {
  /** The library takes a way that has these two for one to a process: who does not answer there what came later speaks what came first. */
  readonly pid: number | null
  readonly stderr: null
  /** How its process has ended; null while it lives. */
  ending(): string | null
  /** What it last wrote to its standard error, or else by mistake to its standard output. */
  lastWords(): string
}

/** A message, or a batch of them, a line. It has ended when its process has, or its output, whoever else holds that open. */
export function createServerProcess(command: Command, { children, onLine, onNoise }: ServerPorts): ServerProcess {
  let child: Child | null = null
  let ending: string | null = null
  let lastWords = () => ''
  let lastNoise = ''
  let closing: Promise<void> | null = null
  let unanswered: Unanswered = []

  const transport: ServerProcess = {
    stderr: null,
    get pid() {
      return child?.pid ?? null
    },
    ending: () => ending,
    lastWords: () => lastWords() || lastNoise,
    async start() {
      if (closing !== null) throw new Error('it was told to end')
      child = children.start(command)
      child.stdin.on('error', (error) => transport.onerror?.(error))
      lastWords = readWords(child.stderr, onLine).lastLine
      const onTooLong = () => transport.onerror?.(new AnswerTooLarge(LINE_CHARACTERS_MAX))
      readLines(child.stdout, LINE_CHARACTERS_MAX, { onLine: take, onTooLong })
      const { exited, pid } = child
      void exited.then((exit) => {
        ending = 'failure' in exit ? exit.failure : describeEnd(exit.exitCode, exit.signal)
      })
      void tellOfEnd(child)
      if (pid === undefined) throw new Error('it was not started', { cause: await exited })
    },
    async send(message) {
      if (child === null || closing !== null) throw new Error('it is not there')
      if (child.stdin.writableLength > INPUT_BYTES_MAX) throw new Error('it does not read its input')
      unanswered = afterSending(unanswered, message)
      child.stdin.write(`${JSON.stringify(message)}\n`)
    },
    close() {
      closing ??= child === null ? Promise.resolve() : end(child)
      return closing
    },
  }
  return transport

  function take(line: string): void {
    // A line of a log may tell of an error as well.
    const messages = messagesIn(line, line.includes('"jsonrpc"') ? onlyCall(unanswered) : undefined)
    for (const message of messages) {
      unanswered = afterHearing(unanswered, message)
      transport.onmessage?.(message)
    }
    if (messages.length > 0) return
    lastNoise = line
    onNoise(line)
  }

  async function tellOfEnd({ exited, stdout, stderr }: Child): Promise<void> {
    const all = Promise.all([exited, atEnd(stdout), atEnd(stderr)])
    await Promise.race([exited, atEnd(stdout)])
    await Promise.race([all, delay(DRAIN_MS)])
    transport.onclose?.()
  }
}

/** A server is given its time to end by itself; then nothing of its group is left. */
async function end(child: Child): Promise<void> {
  child.stdin.end()
  await seeOut(child)
  if (child.pid !== undefined) signalGroup(child.pid, 'SIGKILL')
  child.release()
  for (const stream of [child.stdin, child.stdout, child.stderr]) stream.destroy()
}
