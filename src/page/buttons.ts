import type { Client } from './client.ts'
import type { Observed } from './observed.ts'
import type { PageState } from './page-state.ts'

/** The caller's buttons: a turn begins, or is over. */
type Button = 'press' | 'commit'

/**
 * Sends button presses at once. A broken connection loses them without an error, so those the conversation has not received are sent again
 * once it is found. None counts twice: a turn that begins again drops what was sent of it before.
 */
export interface Buttons {
  tell(button: Button): void
  /** The conversation has received this many. */
  heard(count: number): void
  /** The conversation is open, or was found again, and has received this many; a runner that does not say counts as having received all. */
  found(count: number | undefined): void
  /** The conversation is over. */
  forget(): void
}

/** `number`: its place among those sent; null if it could not be sent. */
interface Kept {
  readonly button: Button
  readonly number: number | null
}

export function createButtons(page: Observed<PageState>, client: () => Client): Buttons {
  let kept: readonly Kept[] = []
  let toldCount = 0

  function tellNow(button: Button): Kept {
    if (!client()[button]()) return { button, number: null }
    toldCount += 1
    return { button, number: toldCount }
  }

  function heard(count: number): void {
    kept = kept.filter(({ number }) => number === null || number > count)
  }

  return {
    tell(button) {
      const told = tellNow(button)
      if (page.value.view.isOpen) kept = withButton(kept, told)
    },
    heard,
    found(count = toldCount) {
      heard(count)
      toldCount = count
      kept = kept.map(({ button }) => tellNow(button))
    },
    forget() {
      kept = []
    },
  }
}

/** Keeps the latest of each. A turn whose press was not sent is dropped; one whose press may have arrived is ended. */
function withButton(kept: readonly Kept[], told: Kept): readonly Kept[] {
  const pressed = told.button === 'commit' ? kept.find(({ button }) => button === 'press') : undefined
  const others = kept.filter((one) => one !== pressed)
  if (pressed?.number === null) return others
  return [...others.filter(({ button }) => button !== told.button), told]
}
