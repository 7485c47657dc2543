import { openAudioContext } from './audio-context.ts'
import { createCallerMicrophone } from './caller-microphone.ts'
import { type Client, type ConnectionState, connect } from './client.ts'
import { type AgentInfo, CLOSE, type ServerMessage } from './protocol.ts'
import { createPageSpeaker } from './speaker.ts'
import { forgetConversation, recallConversation, rememberConversation, rememberToken, takeToken } from './tab-memory.ts'
import { emptyView, forget, leave, show, type View } from './view.ts'

/** All that the page shows, and what its buttons do. It knows nothing of how either looks. */
export interface Controller {
  readonly state: PageState
  subscribe(listener: () => void): () => void
  /** Levels change many times a second, and are listened to on their own. */
  readonly levels: Levels
  subscribeLevels(listener: () => void): () => void
  /** Names the agent of the next conversation. */
  choose(agent: string): void
  say(text: string): void
  /** Turns the microphone on or off. */
  talk(on: boolean): void
  mute(on: boolean): void
  setMode(mode: 'toggle' | 'hold'): void
  /** With `hold`: the button is down. */
  hold(down: boolean): void
  setSound(on: boolean): void
  /** Silences the agent. */
  interrupt(): void
  end(): void
  again(token?: string): void
}

export interface PageState {
  readonly connection: ConnectionState
  readonly view: View
  readonly isMicrophoneOn: boolean
  readonly isMuted: boolean
  readonly mode: 'toggle' | 'hold'
  readonly isHeld: boolean
  readonly isSoundOn: boolean
  readonly isAgentSpeaking: boolean
  /** Why there is no microphone, in words. */
  readonly problem: string | null
  readonly wantsToken: boolean
  /** Agent of this conversation, or of the next; null where none was named. */
  readonly chosen: string | null
}

/** With whom the conversation is, or would be: what was chosen may be gone since. */
export function chosenAgent({ view, chosen }: Pick<PageState, 'view' | 'chosen'>): AgentInfo | undefined {
  return view.agents.find(({ name }) => name === chosen) ?? view.agents[0]
}

interface Levels {
  /** Loudness of the microphone and of the agent, 0 to 1. */
  readonly caller: number
  readonly agent: number
  /** Samples of the agent that were played and were not silent. */
  readonly played: number
}

/** Whether the conversation is over, and not merely out of reach. */
export function isOver(connection: ConnectionState): boolean {
  return connection.phase === 'closed' && (connection.code === CLOSE.over || connection.code === CLOSE.takenOver)
}

/** Connects at once, and finds the conversation that this tab had before it was reloaded. */
export function createController(): Controller {
  let state: PageState = {
    connection: { phase: 'connecting' },
    view: emptyView,
    isMicrophoneOn: false,
    isMuted: false,
    mode: 'toggle',
    isHeld: false,
    isSoundOn: true,
    isAgentSpeaking: false,
    problem: null,
    wantsToken: false,
    chosen: null,
  }
  let levels: Levels = { caller: 0, agent: 0, played: 0 }
  const listeners = new Set<() => void>()
  const levelListeners = new Set<() => void>()
  let sounding: Promise<AudioContext> | null = null
  let inputRate = 0
  /** A conversation was asked for and is not open yet. */
  let isOpening = false
  /** A typed turn that waits for the conversation to open. */
  let waitingText: string | null = null

  const speaker = createPageSpeaker({
    onLevel(agent, samples) {
      setLevels({ agent, played: samples === 0 ? levels.played : samples })
      const isAgentSpeaking = agent > 0
      if (isAgentSpeaking !== state.isAgentSpeaking) set({ isAgentSpeaking })
    },
  })
  const microphone = createCallerMicrophone({
    context: () => soundOn(),
    onFrame({ samples, level }) {
      setLevels({ caller: level })
      if (samples !== null) client.sound(samples)
    },
    onOpened: () => set({ problem: null }),
    onGone(problem) {
      set({ problem })
      closeMicrophone()
    },
  })
  const token = takeToken()
  const resume = recallConversation()
  const client: Client = connect({
    ...(token === null ? {} : { token }),
    ...(resume === null ? {} : { resume }),
    speaker,
    onState: (connection) => noteState(connection),
    onMessage: take,
  })

  function noteState(connection: ConnectionState): void {
    isOpening = false
    const hasNoConversation = connection.phase === 'closed' || connection.phase === 'ready'
    if (hasNoConversation) {
      forgetConversation()
      closeMicrophone()
      set({ view: leave(state.view) })
    }
    if (connection.phase === 'ready' && waitingText !== null) open()
    set({ connection, wantsToken: connection.phase === 'closed' && connection.code === CLOSE.badToken })
  }

  function take(message: ServerMessage): void {
    set({ view: show(state.view, message) })
    if (message.type === 'opened') {
      rememberConversation(message.resume)
      set({ chosen: message.agent })
      if (waitingText !== null) client.text(waitingText)
      waitingText = null
    }
    if (message.type === 'sound') {
      inputRate = message.input_rate
      if (state.isMicrophoneOn) microphone.open(inputRate)
    }
  }

  /** A browser plays nothing before the page was touched: this is called by what the caller does. */
  function soundOn(): Promise<AudioContext> {
    if (sounding === null) {
      sounding = openAudioContext()
      sounding.catch(withoutSound)
    }
    if (state.isSoundOn) speaker.turnOn(sounding)
    return sounding
  }

  function withoutSound(error: unknown): void {
    sounding = null
    set({ isMicrophoneOn: false, problem: `This browser gives no sound (${error}). You can type, and read.` })
  }

  function closeMicrophone(): void {
    if (!state.isMicrophoneOn) return
    set({ isMicrophoneOn: false, isHeld: false, isMuted: false })
    microphone.letGo()
  }

  function tellMicrophone(): void {
    microphone.hear(state.isMicrophoneOn && !state.isMuted && (state.mode === 'toggle' || state.isHeld))
  }

  function set(changes: Partial<PageState>): void {
    state = { ...state, ...changes }
    for (const listener of listeners) listener()
  }

  function setLevels(changes: Partial<Levels>): void {
    levels = { ...levels, ...changes }
    for (const listener of levelListeners) listener()
  }

  function start(): void {
    void soundOn()
    if (state.connection.phase === 'ready' && !isOpening) open()
  }

  function open(): void {
    isOpening = client.open(chosenAgent(state)?.name)
  }

  return {
    get state() {
      return state
    },
    get levels() {
      return levels
    },
    subscribe: (listener) => subscribed(listeners, listener),
    subscribeLevels: (listener) => subscribed(levelListeners, listener),
    choose: (chosen) => set({ chosen }),
    say(text) {
      const isWaiting = state.connection.phase === 'ready' || state.connection.phase === 'connecting'
      if (isWaiting) waitingText = waitingText === null ? text : `${waitingText} ${text}`
      start()
      if (state.connection.phase === 'talking') client.text(text)
    },
    talk(on) {
      if (!on) return closeMicrophone()
      set({ isMicrophoneOn: true, isMuted: false, problem: null })
      start()
      client.resume()
      if (inputRate > 0) microphone.open(inputRate)
      tellMicrophone()
    },
    mute(isMuted) {
      set({ isMuted })
      tellMicrophone()
    },
    setMode(mode) {
      set({ mode, isHeld: false })
      tellMicrophone()
    },
    hold(isHeld) {
      if (isHeld === state.isHeld) return
      set({ isHeld })
      if (isHeld && !state.isMicrophoneOn) this.talk(true)
      tellMicrophone()
      if (!isHeld) return void client.commit()
      client.interrupt()
      client.press()
    },
    setSound(isSoundOn) {
      set({ isSoundOn })
      if (isSoundOn) void soundOn()
      else speaker.turnOff()
    },
    interrupt: () => client.interrupt(),
    end: () => client.end(),
    again(newToken) {
      if (newToken !== undefined) rememberToken(newToken)
      if (isOver(state.connection)) set({ view: forget(state.view) })
      client.again(newToken)
    },
  }
}

function subscribed(listeners: Set<() => void>, listener: () => void): () => void {
  listeners.add(listener)
  return () => void listeners.delete(listener)
}
