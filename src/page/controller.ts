import { applyMessage } from './apply-message.ts'
import { type Client, type ConnectionState, connect, newLineId } from './client.ts'
import { parseExactly } from './exact-json.ts'
import { createMicrophoneControls, type MicrophoneControls } from './microphone-controls.ts'
import { chosenAgent, hasGivenUp, initialState, isOver, type Levels, nextOutage, type PageState } from './page-state.ts'
import { CLOSE, type ServerMessage } from './protocol.ts'
import { createSlowConnectionWarning } from './slow-connection.ts'
import { createPageSound } from './sound/audio-context.ts'
import { createPageSpeaker } from './sound/speaker.ts'
import { createStore } from './store.ts'
import {
  loadConversation,
  loadLines,
  loadToken,
  removeConversation,
  storeConversation,
  storeLines,
  storeToken,
  takeTokenFromAddress,
} from './tab-storage.ts'
import { createTurnButtons } from './turn-buttons.ts'
import { isWaiting, type TypedLine } from './typed-line.ts'
import { addLine, clearTranscript, endConversation, markLineSaid, removeLine } from './view.ts'

/** Everything the page shows, and what its buttons do. It knows nothing of how they look. */
export interface Controller {
  readonly state: PageState
  subscribe(listener: () => void): () => void
  /** Levels have their own listeners, since they change many times a second. */
  readonly levels: Levels
  subscribeLevels(listener: () => void): () => void
  /** Chooses the agent of the next conversation. */
  choose(agent: string): void
  sendLine(text: string): void
  /** Sends a line that was not delivered again, or discards it. */
  resend(line: TypedLine): void
  discard(id: string): void
  /** The microphone's buttons: see `MicrophoneControls`. */
  readonly talk: MicrophoneControls['talk']
  readonly mute: MicrophoneControls['mute']
  readonly setMode: MicrophoneControls['setMode']
  readonly hold: MicrophoneControls['hold']
  setSound(on: boolean): void
  /** Silences the agent. */
  interrupt(): void
  end(): void
  reconnect(token?: string): void
}

/** Connects at once, and continues the conversation this tab had before a reload. */
export function createController(): Controller {
  const page = createStore(initialState(loadLines()))
  const levels = createStore<Levels>({ caller: 0, agent: 0, played: 0 })
  const { set } = page
  /** A conversation was requested and is not open yet. */
  let isOpening = false
  /** When the runner last sent something in the conversation, by `performance.now()`. */
  let lastMessageAt = 0

  const sound = createPageSound({ onState: onSoundState, onFailed: onSoundFailed })
  const speaker = createPageSpeaker({
    onLevel(agent, samples) {
      levels.set({ agent, played: samples === 0 ? levels.value.played : samples })
      const isAgentSpeaking = agent > 0
      if (isAgentSpeaking !== page.value.isAgentSpeaking) set({ isAgentSpeaking })
    },
  })
  const slowConnection = createSlowConnectionWarning(page)
  const turnButtons = createTurnButtons(page, () => client)
  const microphone = createMicrophoneControls({
    page,
    client: () => client,
    buttons: turnButtons,
    openAudio,
    onTalk: start,
    onInterrupt: interrupt,
    onFrame({ samples, level }) {
      levels.set({ caller: level })
      if (samples !== null) client.sound(samples)
    },
  })
  const token = takeTokenFromAddress() ?? loadToken()
  const resume = loadConversation()
  const client: Client = connect({
    ...(token === null ? {} : { token }),
    ...(resume === null ? {} : { resume }),
    triesForMs: RECONNECT_FOR_MS,
    parse: parseExactly,
    speaker,
    onState: onConnectionState,
    onMessage,
  })

  function onConnectionState(connection: ConnectionState): void {
    isOpening = false
    const outage = nextOutage(page.value.outage, connection)
    if (connection.phase === 'closed' || connection.phase === 'ready' || outage === 'long') {
      removeConversation()
      microphone.turnOff()
      turnButtons.clear()
      speaker.resume()
      set({ view: endConversation(page.value.view, outage === 'long'), isEnding: false })
    }
    // The other page plays the rest.
    if (connection.phase === 'closed' && connection.code === CLOSE.takenOver) void speaker.clear()
    if (connection.phase === 'ready' && page.value.view.lines.some(isWaiting)) open()
    set({ connection, outage })
  }

  function onMessage(message: ServerMessage): void {
    const { view, connection, problem } = page.value
    set({ view: applyMessage(view, message) })
    if (problem === MAYBE_NOT_HEARD && isNewCallerTranscript(message)) set({ problem: null })
    if (message.type === 'opened') {
      // The page was reloaded, and nobody has touched it since.
      if (message.resumed && !sound.isRequested) onSoundState(false)
      if (message.resumed && microphone.lastSpokeAt > lastMessageAt) set({ problem: MAYBE_NOT_HEARD })
      storeConversation(message.resume)
      set({ chosen: message.agent })
      turnButtons.resendAfter(message.buttons)
      speaker.resume()
      sendWaitingLines()
    }
    // A line taken leaves room for those the client could not keep.
    if (message.type === 'taken') sendWaitingLines()
    if (message.type === 'alive') slowConnection.check(client)
    if (message.type === 'buttons') turnButtons.acknowledge(message.count)
    if (message.type === 'sound') {
      slowConnection.setInputRate(message.input_rate)
      microphone.setInputRate(message.input_rate)
    }
    if (connection.phase === 'talking') lastMessageAt = performance.now()
  }

  /** Sends what was typed before the conversation was open, or while the connection was lost. */
  function sendWaitingLines(): void {
    for (const { id, text } of page.value.view.lines.filter(isWaiting))
      if (client.text(text, id)) set({ view: markLineSaid(page.value.view, id) })
  }

  /** The network is back, or somebody looks at the page: reconnect without waiting. */
  function reconnectNow(): void {
    if (page.value.connection.phase === 'waiting' || hasGivenUp(page.value.connection)) client.again()
  }

  function openAudio(): Promise<AudioContext> {
    const opening = sound.open()
    if (page.value.isSoundOn) speaker.turnOn(opening)
    return opening
  }

  /** A browser may stop the sound at any time, as for a telephone call, and give it back when the page is touched. */
  function onSoundState(isRunning: boolean): void {
    if (!isRunning) set({ problem: isSecureContext ? SOUND_STOPPED : SOUND_NEEDS_HTTPS, isAgentSpeaking: false })
    else if (SOUND_PROBLEMS.some((words) => page.value.problem?.startsWith(words))) set({ problem: null })
  }

  function onSoundFailed(error: unknown): void {
    const problem = isSecureContext ? `${SOUND_MISSING} (${error}). You can type, and read.` : SOUND_NEEDS_HTTPS
    set({ isMicrophoneOn: false, problem })
  }

  function start(): void {
    void openAudio()
    if (page.value.connection.phase === 'ready' && !isOpening) open()
  }

  /** Silences the agent. If the connection is lost, the sound that has arrived is paused. */
  function interrupt(): void {
    if (!client.interrupt() && page.value.view.isOpen) speaker.pause()
  }

  function open(): void {
    isOpening = client.open(chosenAgent(page.value)?.name)
  }

  function submitLine(line: Omit<TypedLine, 'state'>): void {
    set({ view: addLine(page.value.view, line) })
    start()
    if (page.value.connection.phase === 'talking') sendWaitingLines()
  }

  page.subscribe(() => storeLines(page.value.view.lines))
  addEventListener('online', reconnectNow)
  // Opening the address with the token in a tab that already shows the page does not load it again by itself.
  addEventListener('hashchange', () => takeTokenFromAddress() !== null && location.reload())
  document.addEventListener('visibilitychange', () => document.hidden || reconnectNow())

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
    sendLine: (text) => submitLine({ id: newLineId(), text: text.trim() }),
    resend: submitLine,
    discard: (id) => set({ view: removeLine(page.value.view, id) }),
    talk: microphone.talk,
    mute: microphone.mute,
    setMode: microphone.setMode,
    hold: microphone.hold,
    setSound(isSoundOn) {
      set({ isSoundOn })
      if (isSoundOn) void openAudio()
      else speaker.turnOff()
    },
    interrupt,
    end() {
      microphone.turnOff()
      speaker.pause()
      set({ isEnding: client.end() })
    },
    reconnect(newToken) {
      if (newToken !== undefined) storeToken(newToken)
      if (isOver(page.value.connection)) set({ view: clearTranscript(page.value.view) })
      client.again(newToken)
    },
  }
}

function isNewCallerTranscript(message: ServerMessage): boolean {
  return message.type === 'report' && message.past !== true && message.report.type === 'caller.transcript'
}

/** How long the page tries to reconnect, in ms: an hour. */
const RECONNECT_FOR_MS = 3_600_000
const MAYBE_NOT_HEARD =
  'The connection was lost for a while: what you said meanwhile may not have been heard. Say it again.'
const SOUND_NEEDS_HTTPS =
  'This browser gives sound only to pages on this machine or over https, such as behind a proxy with TLS. You can type, and read.'
const SOUND_STOPPED = 'The browser has stopped the sound of this page. Press Talk, or type, and it goes on.'
const SOUND_MISSING = 'This browser gives no sound'
/** The beginnings of problems that are over once there is sound. */
const SOUND_PROBLEMS = [SOUND_STOPPED, SOUND_MISSING]
