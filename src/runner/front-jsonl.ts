import type { CallerEvent } from '../channels/caller-event.ts'
import type { JsonlInput } from '../channels/jsonl-input.ts'
import type { Conversation, Sound } from './conversation.ts'
import { type Front, SURROUNDINGS_NOT_READY } from './front.ts'
import type { Runner } from './runner.ts'

export interface JsonlOptions {
  /** Reads standard input and writes standard output, one JSON object a line. */
  readonly openChannel: (ways: {
    onInput(input: JsonlInput): void
    onBadLine(message: string): void
    onEnd(): void
    onGone(): void
  }) => { write(report: object): void; close(): Promise<void> }
  readonly openSound: (conversation: string, emit: (event: CallerEvent) => void) => Sound & { close(): void }
  readonly withAudio: boolean
  readonly tell: (kind: 'info' | 'warning', message: string) => void
  readonly closeRest?: () => Promise<void>
}

const MAIN = 'main'

/** Conversations for a program: JSON lines in, one event a line out, several conversations in one process. */
export function createJsonlFront(options: JsonlOptions): Front {
  const finished = Promise.withResolvers<number>()
  const sounds = new Map<string, { close(): void }>()
  let runner: Runner | null = null
  let isEnding = false
  let code = 0

  const channel = options.openChannel({
    onInput: take,
    onBadLine: (message) => channel.write(plain({ type: 'error', message, code: 'bad_line' })),
    onEnd: () => end(true),
    onGone: () => end(false),
  })

  function take(input: JsonlInput): void {
    if (input.type === 'stop') {
      if (input.conversation === null) return end(false)
      return runner?.conversation(input.conversation)?.stop(false)
    }
    const conversation = runner?.conversation(input.conversation) ?? open(input.conversation, input.agent ?? null)
    conversation?.tell(input.event)
  }

  function open(name: string, agent: string | null): Conversation | undefined {
    if (runner === null || isEnding) return undefined
    const early: CallerEvent[] = []
    let conversation: Conversation | null = null
    const sound = options.openSound(name, (event) => {
      if (conversation === null) early.push(event)
      else conversation.tell(event)
    })
    const opened = runner.open(name, agent, sound)
    if (typeof opened === 'string') {
      sound.close()
      channel.write({ ...plain({ type: 'error', message: opened, code: 'unknown_agent' }), conversation: name })
      return undefined
    }
    sounds.set(name, sound)
    conversation = opened
    for (const event of early) opened.tell(event)
    return opened
  }

  /** The end of input, or of the reader: no new conversations, and each that is open ends in its own way. */
  function end(drain: boolean): void {
    isEnding = true
    const active = runner?.active() ?? []
    for (const conversation of active) conversation.stop(drain)
    if (active.length === 0) finished.resolve(code)
  }

  return {
    finished: finished.promise,
    begin(given) {
      runner = given
      open(MAIN, null)
    },
    report(report) {
      if (report.type !== 'agent.audio' || options.withAudio) channel.write(report)
    },
    rest: () => {},
    closed(name, ending) {
      sounds.get(name)?.close()
      sounds.delete(name)
      if (ending.failed) code = SURROUNDINGS_NOT_READY
      const over = runner?.active().length === 0
      if (over && (isEnding || ending.failed || name === MAIN)) finished.resolve(code)
    },
    tell: options.tell,
    async close() {
      await options.closeRest?.()
      await channel.close()
    },
  }
}

/** An event that belongs to no session: no generation has a part in it. */
function plain<Body extends object>(body: Body) {
  return { ...body, t: Date.now(), conversation: MAIN, generation: 1 }
}
