import { openAudioContext } from './audio-context.ts'
import { createCallerMicrophone } from './caller-microphone.ts'
import { type Client, type ConnectionState, connect } from './client.ts'
import { chosenAgent, isOver, type Levels, type PageState } from './page-state.ts'
import { CLOSE, type ServerMessage } from './protocol.ts'
import { createPageSpeaker } from './speaker.ts'
import { forgetConversation, recallConversation, rememberConversation, rememberToken, takeToken } from './tab-memory.ts'
import { emptyView, forget, isManual, leave, show } from './view.ts'

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
  /** Turns the microphone on or off, which begins and ends a turn of who ends his turns himself. */
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
      sounding = openAudioContext(noteSound)
      sounding.catch(withoutSound)
    } else void sounding.then((context) => context.resume()).catch(() => {})
    if (state.isSoundOn) speaker.turnOn(sounding)
    return sounding
  }

  /** A browser may take the sound away in the middle, such as for a telephone call, and gives it back to who touches the page. */
  function noteSound(isRunning: boolean): void {
    if (!isRunning) set({ problem: SOUND_STOPPED, isAgentSpeaking: false })
    else if (state.problem === SOUND_STOPPED) set({ problem: null })
  }

  function withoutSound(error: unknown): void {
    sounding = null
    set({ isMicrophoneOn: false, problem: `This browser gives no sound (${error}). You can type, and read.` })
  }

  function openMicrophone(): void {
    set({ isMicrophoneOn: true, isMuted: false, problem: null })
    start()
    client.resume()
    if (inputRate > 0) microphone.open(inputRate)
    tellMicrophone()
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

  /** Where turn detection finds them, the button has no part in where turns begin and end. */
  function press(): void {
    if (isManual(state.view)) client.press()
  }

  function commit(): void {
    if (isManual(state.view)) client.commit()
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
      if (on) {
        openMicrophone()
        return press()
      }
      closeMicrophone()
      commit()
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
      if (isHeld && !state.isMicrophoneOn) openMicrophone()
      tellMicrophone()
      if (!isHeld) return commit()
      client.interrupt()
      press()
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

const SOUND_STOPPED = 'The browser has stopped the sound of this page. Press Talk, or type, and it goes on.'

function subscribed(listeners: Set<() => void>, listener: () => void): () => void {
  listeners.add(listener)
  return () => void listeners.delete(listener)
}
