import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks'
import type { Controller } from '../controller.ts'
import { canType, type PageState } from '../page-state.ts'
import { TEXT_MAX } from '../protocol.ts'
import { loadDraft, storeDraft } from '../tab-storage.ts'
import { isManual } from '../view.ts'
import { Meter } from './meter.tsx'

/** The bar for talking: microphone, mute, levels, and a text box. */
export function TalkBar({ state, controller }: { readonly state: PageState; readonly controller: Controller }) {
  const { isMicrophoneOn, isMuted, mode, isSoundOn, connection } = state
  const canTalk = connection.phase === 'talking' || connection.phase === 'ready'
  return (
    <footer class="bar">
      <div class="bar-talk">
        <TalkButton state={state} controller={controller} disabled={!canTalk && !isMicrophoneOn} />
        <div class="bar-side">
          <p class="doing">{activityText(state)}</p>
          <Meter controller={controller} of="caller" name="Your microphone" label="you" />
          <Meter controller={controller} of="agent" name="The agent's voice" label="agent" />
        </div>
        <div class="switches">
          <button
            type="button"
            class="quiet"
            aria-pressed={isMuted}
            disabled={!isMicrophoneOn}
            onClick={() => controller.mute(!isMuted)}
          >
            Mute
          </button>
          <button
            type="button"
            class="quiet"
            aria-pressed={mode === 'hold'}
            title="Speak only while the talk button, or Space on it, is held"
            onClick={() => controller.setMode(mode === 'hold' ? 'toggle' : 'hold')}
          >
            Push to talk
          </button>
          <button type="button" class="quiet" aria-pressed={!isSoundOn} onClick={() => controller.setSound(!isSoundOn)}>
            Sound off
          </button>
        </div>
      </div>
      <TextBox controller={controller} disabled={!canType(state)} />
    </footer>
  )
}

function TalkButton(props: { readonly state: PageState; readonly controller: Controller; readonly disabled: boolean }) {
  const { state, controller, disabled } = props
  const { isMicrophoneOn, isHeld, mode } = state
  const isOn = mode === 'hold' ? isHeld : isMicrophoneOn
  useShortcuts({
    talk: () => mode === 'toggle' && !disabled && controller.talk(!controller.state.isMicrophoneOn),
    silence: controller.interrupt,
  })
  const holdHandlers = {
    onPointerDown: (event: PointerEvent) => {
      ;(event.currentTarget as HTMLElement).setPointerCapture(event.pointerId)
      controller.hold(true)
    },
    onPointerUp: () => controller.hold(false),
    onPointerCancel: () => controller.hold(false),
    onKeyDown: (event: KeyboardEvent) => {
      if (!isPressKey(event)) return
      event.preventDefault()
      // A key held down counts as one press, even if the microphone is refused meanwhile.
      if (!event.repeat) controller.hold(true)
    },
    onKeyUp: (event: KeyboardEvent) => isPressKey(event) && controller.hold(false),
    onBlur: () => controller.hold(false),
    // A context menu over the button would get the release instead.
    onContextMenu: (event: MouseEvent) => event.preventDefault(),
  }
  return (
    <button
      type="button"
      class={isOn ? 'talk-button on' : 'talk-button'}
      aria-pressed={isOn}
      aria-keyshortcuts="Alt+T"
      disabled={disabled}
      {...(mode === 'hold' ? holdHandlers : { onClick: () => controller.talk(!isMicrophoneOn) })}
    >
      <svg viewBox="0 0 24 24" aria-hidden="true">
        <path d="M12 3a3 3 0 0 0-3 3v6a3 3 0 0 0 6 0V6a3 3 0 0 0-3-3Z M5.5 11.5a6.5 6.5 0 0 0 13 0 M12 18v3" />
      </svg>
      <span>{mode === 'hold' ? (isHeld ? 'Release to send' : 'Hold to talk') : isMicrophoneOn ? 'Stop' : 'Talk'}</span>
    </button>
  )
}

/** Whether a key presses a button. */
function isPressKey({ key }: KeyboardEvent): boolean {
  return key === ' ' || key === 'Enter'
}

/** Anywhere on the page, Alt+T talks and stops, and Escape silences the agent. */
function useShortcuts(keys: { readonly talk: () => void; readonly silence: () => void }): void {
  const latest = useRef(keys)
  latest.current = keys
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      // During composition, such as of a Japanese word, the keys belong to that: Escape cancels it.
      if (event.isComposing) return
      if (event.key === 'Escape') return latest.current.silence()
      if (!event.altKey || event.code !== 'KeyT' || event.repeat) return
      event.preventDefault()
      latest.current.talk()
    }
    addEventListener('keydown', onKey)
    return () => removeEventListener('keydown', onKey)
  }, [])
}

function TextBox({ controller, disabled }: { readonly controller: Controller; readonly disabled: boolean }) {
  const [text, setText] = useState(loadDraft)
  const box = useRef<HTMLInputElement>(null)
  useLayoutEffect(() => box.current?.setCustomValidity(text.length > TEXT_MAX ? tooLongText(text.length) : ''), [text])
  const change = (draft: string) => {
    setText(draft)
    storeDraft(draft)
  }
  return (
    <form
      class="type"
      onSubmit={(event) => {
        event.preventDefault()
        if (text.trim() === '' || disabled) return
        controller.sendLine(text)
        change('')
      }}
    >
      <label class="unseen" for="text">
        Type to the agent
      </label>
      <input
        id="text"
        type="text"
        dir="auto"
        autocomplete="off"
        placeholder="Type to the agent"
        ref={box}
        value={text}
        onInput={(event) => change(event.currentTarget.value)}
      />
      <button type="submit" disabled={disabled || text.trim() === ''}>
        Send
      </button>
    </form>
  )
}

/** The browser shows this when the text is sent: cutting it while typing would lose its end unnoticed. */
function tooLongText(length: number): string {
  return `These are ${length} characters; ${TEXT_MAX} can be sent at a time.`
}

/** What is going on, in about three words. */
function activityText(state: PageState): string {
  const { connection, view, isMicrophoneOn, isMicrophoneOpen, isMuted, mode, isHeld, isAgentSpeaking } = state
  if (connection.phase !== 'talking') return connection.phase === 'ready' ? 'Not begun yet' : 'Not connected'
  if (view.isCallerSpeaking) return 'You are speaking'
  if (isAgentSpeaking) return 'The agent is speaking'
  const running = view.entries.findLast((entry) => entry.kind === 'tool' && entry.status === null)
  if (running?.kind === 'tool') return `Running ${running.name}`
  if (!isMicrophoneOn) return mode === 'hold' ? 'Hold the button to speak' : 'Microphone is off'
  if (isMuted) return 'Muted'
  if (!isMicrophoneOpen) return 'Opening the microphone …'
  if (mode === 'hold') return isHeld ? 'Listening' : 'Hold the button to speak'
  return isManual(view) ? 'Listening until you stop' : 'Listening'
}
