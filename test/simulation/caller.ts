import { isManual } from '../../src/session/caller/caller-sound.ts'
import { agentWith } from '../helpers/agents.ts'
import { EDITS } from '../lives/agents.ts'
import type { Random } from '../lives/random.ts'
import type { SimulatedConversation } from './conversation.ts'
import type { VirtualTime } from './virtual-time.ts'

/** 60 ms of PCM16 at 24 kHz. */
const SPEECH = new Uint8Array(2_880).fill(1)
const SILENCE = new Uint8Array(2_880)
const BUTTONS = ['caller.paused', 'caller.resumed', 'caller.pressed', 'caller.interrupted', 'caller.held'] as const
const LINES = ['please look', 'book a table', 'mill the grain', 'what is it']

/** A caller who speaks, types, goes silent and plays with the buttons, and an author who edits meanwhile; gives what stops them. */
export function startCaller(random: Random, time: VirtualTime, conversation: SimulatedConversation): () => void {
  const first = conversation.state.config.confirmed.agent
  let stopped = false
  let generation = 1
  let typed = 0

  /** No two are alike, so that one which arrives twice, or not at all, is found. */
  function type(words: string): void {
    typed += 1
    conversation.dispatch({ type: 'caller.text', text: `${words}, ${typed}` })
  }

  function speak(pieces: number): void {
    if (stopped) return
    conversation.dispatch({ type: 'caller.audio', audio: pieces > 0 ? SPEECH : SILENCE })
    if (pieces > 0) time.after(240, () => speak(pieces - 1))
    else if (isManual(conversation.state)) endByHand()
  }

  /** Some microphones stay on after the button. */
  function endByHand(): void {
    conversation.dispatch({ type: 'caller.committed' })
    if (random.chance(0.5)) conversation.dispatch({ type: 'caller.audio', audio: SILENCE })
  }

  /** Waits for a while until the agent is heard, and speaks into it, or coughs. */
  function speakInto(tries: number): void {
    if (stopped || tries === 0) return
    if (conversation.state.sound.playing) speak(Math.ceil(random.between(0, 4)))
    else time.after(200, () => speakInto(tries - 1))
  }

  function edit(): void {
    generation += 1
    const agent = agentWith({ ...first, ...random.pick(EDITS) })
    conversation.dispatch({ type: 'agent.loaded', generation, agent, noticedAt: time.now })
  }

  const doings: readonly (() => void)[] = [
    () => speakInto(50),
    () => speakInto(50),
    () => speak(Math.ceil(random.between(1, 8))),
    () => speak(Math.ceil(random.between(1, 8))),
    () => type(random.pick(LINES)),
    () => type('look and book'),
    () => conversation.dispatch({ type: random.pick(BUTTONS) }),
    edit,
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
