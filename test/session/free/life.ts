import type { Agent } from '../../../src/agent/agent.ts'
import { nextOffer } from '../../../src/session/edits/offers.ts'
import type { SessionEvent, TimerName } from '../../../src/session/event.ts'
import { settle } from '../../../src/session/settle.ts'
import { newSession, type SessionState } from '../../../src/session/state.ts'
import { step } from '../../../src/session/step.ts'
import { isAtRest } from '../../../src/session/time/quiet.ts'
import { firstAgent } from '../../lives/agents.ts'
import { LifeObserver, type ObservedStep } from '../../lives/observer.ts'
import { moment } from '../story.ts'
import type { Choice } from './choices.ts'
import type { Merging } from './settings.ts'
import { World } from './world.ts'

const OPENED = ['open', 'session.created', 'servers late', 'answer'] as const
/** A session is to be replaced, and the next one is prepared beside it. */
const ROLLING_OVER = ['unsolicited', 'roll over', 'next opens', 'next opens', 'next answers'] as const
const GREETED = ['begin response', 'words', 'end response', 'drained'] as const
const ASKED = ['text', 'begin response', 'words'] as const

/** How a life begins: states that chance alone hardly ever reaches. */
const BEGINNINGS = {
  opened: OPENED,
  'opened with the connection settings before an edit': ['drop', 'retry', ...OPENED],
  'greeted by sound alone': [...OPENED, 'begin response', 'audio'],
  'spoken to before the greeting': [...OPENED, 'busy', 'begin unsolicited response', 'words'],
  'rolling over': [...OPENED, ...ROLLING_OVER],
  'to roll over after this answer': [...OPENED, ...GREETED, ...ASKED, 'audio', ...ROLLING_OVER],
  'to roll over once this answer is heard': [...OPENED, ...GREETED, ...ASKED, 'audio', ...ROLLING_OVER, 'end response'],
  'rolling over after a conversation': [...OPENED, ...GREETED, 'transcript', ...ASKED, 'end response', ...ROLLING_OVER],
} as const

export const BEGINNING_NAMES = Object.keys(BEGINNINGS) as readonly (keyof typeof BEGINNINGS)[]

/** How often at most everything in progress is brought to its end: each time something may follow from it. */
const SETTLE_ROUNDS_MAX = 30
/** How the agent connected before an edit: tried if the first connection opens no session. */
const earlier = { ...firstAgent.connection, base_url: 'wss://earlier.example/session' }

interface Beginning {
  readonly agent?: Agent
  readonly merging?: Merging
  readonly beginning?: keyof typeof BEGINNINGS
  /** Looks at every step. */
  readonly watch?: (observed: ObservedStep) => void
}

/** One conversation and the world around it, without time. */
export class FreeLife {
  readonly world: World
  readonly observer = new LifeObserver()
  /** What the conversation reported of each generation last. */
  readonly outcomes = new Map<number, string>()
  state: SessionState
  private readonly watch: (observed: ObservedStep) => void

  constructor({ agent = firstAgent, merging = 'by parts', beginning = 'opened', watch = () => {} }: Beginning = {}) {
    this.watch = watch
    this.world = new World(agent, merging)
    const [state, effects] = settle(newSession('main', moment, { number: 1, agent }, { connection: earlier }))
    this.state = state
    this.observer.begin(effects)
    this.world.perform(effects)
    this.happen(...BEGINNINGS[beginning])
  }

  live(choices: readonly Choice[]): this {
    for (const choice of choices) this.take(this.world.event(choice))
    return this
  }

  take(event: SessionEvent | null): void {
    if (event === null) return
    const before = this.state
    const stepped = step(before, event, moment)
    this.state = stepped[0]
    this.world.perform(stepped[1])
    const observed = this.observer.observe(before, event, stepped)
    this.recordOutcomes(observed)
    this.watch(observed)
  }

  happen(...whats: readonly Choice['what'][]): void {
    this.live(whats.map((what) => ({ what, pick: 0 })))
  }

  /** Whether it is about to end, or has ended. */
  get isOver(): boolean {
    return ['stopping', 'closing', 'closed'].includes(this.state.phase)
  }

  /** Lets everything begun come to its end: nothing goes wrong or is held back any more, and what nobody answers is no longer waited for. */
  settleDown(): this {
    this.happen('resume', 'committed by hand')
    for (let round = 0; round < SETTLE_ROUNDS_MAX && !this.isOver && !this.isSettled; round += 1) this.settleOnce()
    return this
  }

  /** Whether nothing is in progress any more, as far as the conversation knows. */
  private get isSettled(): boolean {
    const { config, sound, calls } = this.state
    const isWhole = config.sent === null && nextOffer(config) === null
    return isWhole && isAtRest(this.state) && !sound.playing && calls.every(({ stage }) => stage === 'over')
  }

  private recordOutcomes({ event, effects }: ObservedStep): void {
    if (event.type === 'agent.withdrawn' && this.outcomes.get(event.generation) !== 'reload.applied')
      this.outcomes.set(event.generation, 'reload.refused')
    for (const effect of effects) {
      if (effect.type !== 'report' || !('fields' in effect.report) || effect.report.own) continue
      if (effect.report.offered !== null) this.outcomes.set(effect.report.offered, effect.report.type)
    }
  }

  private settleOnce(): void {
    const { phase, config } = this.state
    if (phase === 'waiting') this.fire('retry')
    if (phase === 'connecting') this.happen('open')
    if (phase === 'configuring' && config.sent === null) this.happen('session.created')
    this.happen('answer', 'ack item', 'servers late')
    if (this.state.phase === 'replaying') this.fire('replay')
    if (this.state.config.sent !== null && this.world.service?.settings.updates.length === 0)
      this.fire('ack', 'confirm')
    this.happen('tool ends', 'speech stopped', 'drained')
    this.fire('greeting', 'quiet', 'resume', 'rate limit')
    this.happen('begin response', 'busy', 'words', 'end response', 'drained')
    if (!this.world.service?.isAskedForAnswer) this.fire('progress')
    if (this.isHeldBack) this.reconnect()
  }

  /** Whether what is offered waits for the next session. */
  private get isHeldBack(): boolean {
    const { confirmed } = this.state.config
    return confirmed.agent.reload.apply === 'next_session' && nextOffer(this.state.config) !== null
  }

  private reconnect(): void {
    this.fire('healthy')
    this.happen('drop')
  }

  private fire(...timers: readonly TimerName[]): void {
    for (const timer of timers) if (this.observer.timers.has(timer)) this.take({ type: 'timer.fired', timer })
  }
}
