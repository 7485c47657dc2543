import { setTimeout as delay } from 'node:timers/promises'
import type { Transport } from '@modelcontextprotocol/client'
import { type Child, type Children, type Command, endGracefully } from '../processes/child.ts'
import { signalGroup } from '../processes/process-group.ts'
import { readLines } from '../tools/lines.ts'
import { describeEnd } from '../tools/tool-contract.ts'
import { readStderr, streamEnd } from '../tools/tool-output.ts'
import { AnswerTooLarge, parseMessages } from './mcp-messages.ts'
import { onlyPendingCall, type PendingMessages, withReceived, withSent } from './mcp-pending.ts'
import { withStructuredText } from './mcp-structured.ts'

/** The longest line a server may write, in characters. */
const LINE_CHARACTERS_MAX = 10 * 1_048_576
/** The most bytes that may wait for a server that does not read. */
const INPUT_BYTES_MAX = 16 * 1_048_576
/** How long to wait for the rest of its end, in ms: its last output, and its exit if its output ends first. */
const DRAIN_MS = 100

interface ServerPorts {
  readonly children: Children
  /** A line of its standard error, with secrets. */
  readonly onLine: (line: string) => void
  /** A line of its standard output that is neither a message nor anybody's answer: servers print there by mistake. With secrets. */
  readonly onNoise: (line: string) => void
}

/** A transport to a server process, as the library wants it. */
export interface ServerProcess extends Transport {
  /**
   * By this and `stderr` the library knows a transport to a process: a server there that does not answer the newer handshake gets the older
   * one.
   */
  readonly pid: number | null
  readonly stderr: null
  /** How its process ended; null while it lives. */
  ending(): string | null
  /** The last line of its standard error, or else the last it printed by mistake on standard output. */
  lastLine(): string
}

/** One line is one message or a batch. The transport ends with the process or its output, whoever else holds that open. */
export function createServerProcess(command: Command, { children, onLine, onNoise }: ServerPorts): ServerProcess {
  let child: Child | null = null
  let ending: string | null = null
  let lastLine = () => ''
  let lastNoise = ''
  let closing: Promise<void> | null = null
  let pending: PendingMessages = []

  const transport: ServerProcess = {
    stderr: null,
    get pid() {
      return child?.pid ?? null
    },
    ending: () => ending,
    lastLine: () => lastLine() || lastNoise,
    async start() {
      if (closing !== null) throw new Error('it was told to end')
      child = children.start(command)
      child.stdin.on('error', (error) => transport.onerror?.(error))
      lastLine = readStderr(child.stderr, onLine).lastLine
      const onTooLong = () => transport.onerror?.(new AnswerTooLarge(LINE_CHARACTERS_MAX))
      readLines(child.stdout, LINE_CHARACTERS_MAX, { onLine: handleLine, onTooLong })
      const { exited, pid } = child
      void exited.then((exit) => {
        ending = 'failure' in exit ? exit.failure : describeEnd(exit.exitCode, exit.signal)
      })
      void reportEnd(child)
      if (pid === undefined) throw new Error('it was not started', { cause: await exited })
    },
    async send(message) {
      if (child === null || closing !== null) throw new Error('it is not there')
      if (child.stdin.writableLength > INPUT_BYTES_MAX) throw new Error('it does not read its input')
      pending = withSent(pending, message)
      child.stdin.write(`${JSON.stringify(message)}\n`)
    },
    close() {
      closing ??= child === null ? Promise.resolve() : end(child)
      return closing
    },
  }
  return transport

  function handleLine(line: string): void {
    // A log line may mention an error too, so only lines with "jsonrpc" count as answers.
    const messages = parseMessages(
      withStructuredText(line),
      line.includes('"jsonrpc"') ? onlyPendingCall(pending) : undefined,
    )
    for (const message of messages) {
      pending = withReceived(pending, message)
      transport.onmessage?.(message)
    }
    if (messages.length > 0) return
    lastNoise = line
    onNoise(line)
  }

  async function reportEnd({ exited, stdout, stderr }: Child): Promise<void> {
    const drained = Promise.all([exited, streamEnd(stdout), streamEnd(stderr)])
    await Promise.race([exited, streamEnd(stdout)])
    await Promise.race([drained, delay(DRAIN_MS)])
    transport.onclose?.()
  }
}

/** Gives a server its time to end by itself, then kills what is left of its group. */
async function end(child: Child): Promise<void> {
  child.stdin.end()
  await endGracefully(child)
  if (child.pid !== undefined) signalGroup(child.pid, 'SIGKILL')
  child.release()
  for (const stream of [child.stdin, child.stdout, child.stderr]) stream.destroy()
}
