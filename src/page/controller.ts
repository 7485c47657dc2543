import { createButtons } from './buttons.ts'
import { type Client, type ConnectionState, connect, newLineId } from './client.ts'
import { observed } from './observed.ts'
import { absenceAfter, chosenAgent, firstState, isGivenUp, isOver, type Levels, type PageState } from './page-state.ts'
import { CLOSE, type ServerMessage } from './protocol.ts'
import { show } from './show.ts'
import { createSlowLine } from './slow-line.ts'
import { createPageSound } from './sound/audio-context.ts'
import { createPageSpeaker } from './sound/speaker.ts'
import { createSpeaking, type Speaking } from './speaking.ts'
import {
  forgetConversation,
  recallConversation,
  recallLines,
  recallToken,
  rememberConversation,
  rememberLines,
  rememberToken,
  takeTokenFromAddress,
} from './tab-memory.ts'
import { isWaiting, type TypedLine } from './typed-line.ts'
import { addLine, forget, leave, lineSaid, removeLine } from './view.ts'

/** Everything the page shows, and what its buttons do. It knows nothing of how they look. */
export interface Controller {
  readonly state: PageState
  subscribe(listener: () => void): () => void
  /** Levels have their own listeners, since they change many times a second. */
  readonly levels: Levels
  subscribeLevels(listener: () => void): () => void
  /** Chooses the agent of the next conversation. */
  choose(agent: string): void
  say(text: string): void
  /** Sends a line that was not delivered again, or discards it. */
  sayAgain(line: TypedLine): void
  discard(id: string): void
  /** The microphone's buttons: see `Speaking`. */
  readonly talk: Speaking['talk']
  readonly mute: Speaking['mute']
  readonly setMode: Speaking['setMode']
  readonly hold: Speaking['hold']
  setSound(on: boolean): void
  /** Silences the agent. */
  interrupt(): void
  end(): void
  again(token?: string): void
}

/** Connects at once, and continues the conversation this tab had before a reload. */
export function createController(): Controller {
  const page = observed(firstState(recallLines()))
  const levels = observed<Levels>({ caller: 0, agent: 0, played: 0 })
  const { set } = page
  /** A conversation was requested and is not open yet. */
  let isOpening = false
  /** When the runner last sent something in the conversation, by `performance.now()`. */
  let signAt = 0

  const sound = createPageSound({ onState: noteSound, onFailed: withoutSound })
  const speaker = createPageSpeaker({
    onLevel(agent, samples) {
      levels.set({ agent, played: samples === 0 ? levels.value.played : samples })
      const isAgentSpeaking = agent > 0
      if (isAgentSpeaking !== page.value.isAgentSpeaking) set({ isAgentSpeaking })
    },
  })
  const slowLine = createSlowLine(page)
  const buttons = createButtons(page, () => client)
  const speaking = createSpeaking({
    page,
    client: () => client,
    buttons,
    context: soundOn,
    onBegin: start,
    onInterrupt: interrupt,
    onFrame({ samples, level }) {
      levels.set({ caller: level })
      if (samples !== null) client.sound(samples)
    },
  })
  const token = takeTokenFromAddress() ?? recallToken()
  const resume = recallConversation()
  const client: Client = connect({
    ...(token === null ? {} : { token }),
    ...(resume === null ? {} : { resume }),
    triesForMs: TRIES_FOR_MS,
    speaker,
    onState: noteState,
    onMessage: take,
  })

  function noteState(connection: ConnectionState): void {
    isOpening = false
    const absence = absenceAfter(page.value.absence, connection)
    if (connection.phase === 'closed' || connection.phase === 'ready' || absence === 'long') {
      forgetConversation()
      speaking.close()
      buttons.forget()
      speaker.resume()
      set({ view: leave(page.value.view, absence === 'long'), isEnding: false })
    }
    // The other page plays the rest.
    if (connection.phase === 'closed' && connection.code === CLOSE.takenOver) void speaker.clear()
    if (connection.phase === 'ready' && page.value.view.lines.some(isWaiting)) open()
    set({ connection, absence })
  }

  function take(message: ServerMessage): void {
    const { view, connection, problem } = page.value
    set({ view: show(view, message) })
    if (problem === NOT_HEARD && isSaidNow(message)) set({ problem: null })
    if (message.type === 'opened') {
      // The page was reloaded, and nobody has touched it since.
      if (message.resumed && !sound.isBegun) noteSound(false)
      if (message.resumed && speaking.spokeAt > signAt) set({ problem: NOT_HEARD })
      rememberConversation(message.resume)
      set({ chosen: message.agent })
      buttons.found(message.buttons)
      speaker.resume()
      sayWaiting()
    }
    // A line taken leaves room for those the client could not keep.
    if (message.type === 'taken') sayWaiting()
    if (message.type === 'alive') slowLine.note(client)
    if (message.type === 'buttons') buttons.heard(message.count)
    if (message.type === 'sound') {
      slowLine.setRate(message.input_rate)
      speaking.setRate(message.input_rate)
    }
    if (connection.phase === 'talking') signAt = performance.now()
  }

  /** Sends what was typed before the conversation was open, or while the connection was lost. */
  function sayWaiting(): void {
    for (const { id, text } of page.value.view.lines.filter(isWaiting))
      if (client.text(text, id)) set({ view: lineSaid(page.value.view, id) })
  }

  /** The network is back, or somebody looks at the page: reconnect without waiting. */
  function tryNow(): void {
    if (page.value.connection.phase === 'waiting' || isGivenUp(page.value.connection)) client.again()
  }

  function soundOn(): Promise<AudioContext> {
    const opening = sound.open()
    if (page.value.isSoundOn) speaker.turnOn(opening)
    return opening
  }

  /** A browser may stop the sound at any time, as for a telephone call, and give it back when the page is touched. */
  function noteSound(isRunning: boolean): void {
    if (!isRunning) set({ problem: isSecureContext ? SOUND_STOPPED : SOUND_WANTS_HTTPS, isAgentSpeaking: false })
    else if (NO_SOUND.some((words) => page.value.problem?.startsWith(words))) set({ problem: null })
  }

  function withoutSound(error: unknown): void {
    const problem = isSecureContext ? `${SOUND_MISSING} (${error}). You can type, and read.` : SOUND_WANTS_HTTPS
    set({ isMicrophoneOn: false, problem })
  }

  function start(): void {
    void soundOn()
    if (page.value.connection.phase === 'ready' && !isOpening) open()
  }

  /** Silences the agent. If the connection is lost, the sound that has arrived is paused. */
  function interrupt(): void {
    if (!client.interrupt() && page.value.view.isOpen) speaker.pause()
  }

  function open(): void {
    isOpening = client.open(chosenAgent(page.value)?.name)
  }

  function typeLine(line: Omit<TypedLine, 'state'>): void {
    set({ view: addLine(page.value.view, line) })
    start()
    if (page.value.connection.phase === 'talking') sayWaiting()
  }

  page.subscribe(() => rememberLines(page.value.view.lines))
  addEventListener('online', tryNow)
  // Opening the address with the token in a tab that already shows the page does not load it again by itself.
  addEventListener('hashchange', () => takeTokenFromAddress() !== null && location.reload())
  document.addEventListener('visibilitychange', () => document.hidden || tryNow())

  return {
    get state() {
      return page.value
    },
    get levels() {
      return levels.value
    },
    subscribe: page.subscribe,
    subscribeLevels: levels.subscribe,
    choose: (chosen) => set({ chosen }),
    say: (text) => typeLine({ id: newLineId(), text: text.trim() }),
    sayAgain: typeLine,
    discard: (id) => set({ view: removeLine(page.value.view, id) }),
    talk: speaking.talk,
    mute: speaking.mute,
    setMode: speaking.setMode,
    hold: speaking.hold,
    setSound(isSoundOn) {
      set({ isSoundOn })
      if (isSoundOn) void soundOn()
      else speaker.turnOff()
    },
    interrupt,
    end() {
      speaking.close()
      speaker.pause()
      set({ isEnding: client.end() })
    },
    again(newToken) {
      if (newToken !== undefined) rememberToken(newToken)
      if (isOver(page.value.connection)) set({ view: forget(page.value.view) })
      client.again(newToken)
    },
  }
}

function isSaidNow(message: ServerMessage): boolean {
  return message.type === 'report' && message.past !== true && message.report.type === 'caller.transcript'
}

/** How long the page tries to reconnect, in ms: an hour. */
const TRIES_FOR_MS = 3_600_000
const NOT_HEARD = 'The connection was lost for a while: what you said meanwhile may not have been heard. Say it again.'
const SOUND_WANTS_HTTPS =
  'This browser gives sound only to pages on this machine or over https, such as behind a proxy with TLS. You can type, and read.'
const SOUND_STOPPED = 'The browser has stopped the sound of this page. Press Talk, or type, and it goes on.'
const SOUND_MISSING = 'This browser gives no sound'
/** The beginnings of problems that are over once there is sound. */
const NO_SOUND = [SOUND_STOPPED, SOUND_MISSING]
