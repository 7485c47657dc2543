import { MAIN_CONVERSATION } from '../../channels/caller-event.ts'
import type { JsonlInput } from '../../channels/jsonl/input.ts'
import type { Drain } from '../../session/event.ts'
import type { Conversation } from '../conversation.ts'
import { EXIT } from '../exit-code.ts'
import type { Runner } from '../runner.ts'
import type { Front } from './front.ts'
import type { CallerLine, FrontSound } from './front-sound.ts'

interface JsonlOptions {
  /** Reads standard input and writes standard output, one JSON object per line. */
  readonly openChannel: (handlers: {
    onInput(input: JsonlInput): void
    onBadLine(message: string): void
    onEnd(): void
    onGone(): void
  }) => { write(report: object): void; close(): Promise<void> }
  readonly openSound: (conversation: string, line: CallerLine) => FrontSound
  readonly withAudio: boolean
  /** Whether a conversation is open from the start. If not, the run goes on until the input ends, even with no conversation open. */
  readonly main: boolean
  readonly notify: Front['notify']
  /** Closes the microphone and the recorder. Returns the exit code of faults that only show then. */
  readonly closeDevices: () => Promise<number>
}

/** The most names of ended conversations that are remembered: as many as one process holds at a time. */
const ENDED_NAMES_MAX = 1000

/** Conversations for a program: JSON lines in, one event per line out, several conversations in one process. */
export function createJsonlFront(options: JsonlOptions): Front {
  const finished = Promise.withResolvers<number>()
  const open = new Map<string, Conversation>()
  const endedNames = new Set<string>()
  const sounds = new Set<FrontSound>()
  let runner: Runner | null = null
  let channel: ReturnType<JsonlOptions['openChannel']> | null = null
  let isEnding = false
  let code = 0

  function handleInput(input: JsonlInput): void {
    switch (input.type) {
      case 'stop':
        return end(false)
      case 'open':
        return void openConversation(input.conversation, input.agent ?? null)
      case 'close': {
        const { conversation: name } = input
        const conversation = open.get(name)
        if (conversation !== undefined) return conversation.stop(false)
        return writeError(name, `there is no open conversation "${name}"`, 'unknown_conversation')
      }
      case 'event': {
        const { conversation: name, agent = null, event } = input
        // Sound keeps coming for a moment after the end: dropping it loses nothing, and it is no new caller.
        if (endedNames.has(name) && event.type !== 'caller.text') return
        const conversation = open.get(name) ?? openConversation(name, agent)
        if (conversation === undefined) return
        if (agent !== null && agent !== conversation.agentName) {
          const other = `with the agent "${conversation.agentName}", not with "${agent}"`
          return writeError(name, `the conversation "${name}" is ${other}`, 'other_agent')
        }
        if (conversation.isEnding && event.type === 'caller.text')
          return writeError(name, endingMessage(name), 'ending')
        return conversation.dispatch(event)
      }
      default:
        return input satisfies never
    }
  }

  function openConversation(name: string, agent: string | null): Conversation | undefined {
    if (runner === null || isEnding) return undefined
    let conversation: Conversation | null = null
    const sound = options.openSound(name, {
      isManual: () => conversation?.isManual ?? false,
      emit: (event) => conversation?.dispatch(event),
    })
    const opened = runner.open(
      { name, agent },
      {
        sound,
        onReport(report) {
          const isSound = report.type === 'agent.audio' || report.type === 'agent.backchannel.audio'
          if (!isSound || options.withAudio) channel?.write(report)
        },
        onRest: () => {},
        onClosed(ending) {
          sound.close()
          open.delete(name)
          rememberEnded(name)
          sounds.delete(sound)
          if (ending.failed) code = EXIT.notReady
          if (open.size === 0 && (isEnding || (options.main && (ending.failed || name === MAIN_CONVERSATION))))
            finished.resolve(code)
        },
      },
    )
    if ('message' in opened) {
      sound.close()
      writeError(name, opened.message, opened.code)
      return undefined
    }
    endedNames.delete(name)
    open.set(name, opened)
    sounds.add(sound)
    conversation = opened
    return opened
  }

  function rememberEnded(name: string): void {
    endedNames.add(name)
    const [oldest] = endedNames
    if (endedNames.size > ENDED_NAMES_MAX && oldest !== undefined) endedNames.delete(oldest)
  }

  /** Writes an error. If no such conversation is open, it carries the generation that one would begin with. */
  function writeError(name: string, message: string, reason: string): void {
    const conversation = open.get(name)
    const newest = runner?.generations(conversation?.agentName ?? null)?.newest().number
    const generation = conversation?.generation ?? newest ?? 1
    channel?.write({ type: 'error', message, code: reason, t: Date.now(), conversation: name, generation })
  }

  /** Handles the end of input, or a reader that has gone: opens nothing more, and lets each open conversation end. */
  function end(drain: Drain): void {
    isEnding = true
    for (const conversation of open.values()) conversation.stop(drain)
    if (drain === 'heard') for (const sound of sounds) sound.beginEnding?.()
    if (open.size === 0) finished.resolve(code)
  }

  return {
    finished: finished.promise,
    begin(openedRunner) {
      runner = openedRunner
      channel = options.openChannel({
        onInput: handleInput,
        onBadLine: (message) => writeError(MAIN_CONVERSATION, message, 'bad_line'),
        onEnd: () => end('said'),
        onGone: () => end(false),
      })
      if (options.main) openConversation(MAIN_CONVERSATION, null)
    },
    notify: options.notify,
    stop: end,
    async close() {
      const code = await options.closeDevices()
      await channel?.close()
      return code
    },
  }
}

function endingMessage(name: string): string {
  return `the conversation "${name}" is ending, and the text was not taken: after its session.closed the name is free again`
}
