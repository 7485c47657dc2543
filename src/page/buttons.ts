import type { Client } from './client.ts'
import type { Observed } from './observed.ts'
import type { PageState } from './page-state.ts'

/** What the caller tells by a button: that a turn of his begins, or is over. */
type Button = 'press' | 'commit'

/**
 * The buttons tell the runner at once. A line that is cut somewhere on its way takes what is pressed and gives no error: what the runner is not
 * known to have heard is told once more when the conversation is found again.
 */
export interface Buttons {
  tell(button: Button): void
  /** So many have come to the runner over this connection; one that does not say counts as having all. */
  heard(count: number | undefined): void
  /** The conversation is open, or was found again, over a new connection. */
  found(): void
  /** It is over. */
  forget(): void
}

/** `isSent`: it may have come to the runner all the same. */
interface Kept {
  readonly button: Button
  readonly isSent: boolean
}

export function createButtons(page: Observed<PageState>, client: () => Client): Buttons {
  let kept: readonly Kept[] = []
  /** Over this connection. */
  let toldCount = 0

  function tellNow(button: Button): Kept {
    const isSent = client()[button]()
    if (isSent) toldCount += 1
    return { button, isSent }
  }

  return {
    tell(button) {
      const told = tellNow(button)
      if (page.value.view.isOpen) kept = withButton(kept, told)
    },
    heard(count = toldCount) {
      if (count === toldCount) kept = []
    },
    found() {
      toldCount = 0
      kept = kept.map(({ button }) => tellNow(button))
    },
    forget() {
      kept = []
    },
  }
}

/** Each once. A turn of which nothing was heard is none; one that may have been heard is over. */
function withButton(kept: readonly Kept[], told: Kept): readonly Kept[] {
  const pressed = told.button === 'commit' ? kept.find(({ button }) => button === 'press') : undefined
  const others = kept.filter((one) => one !== pressed)
  if (pressed?.isSent === false) return others
  return [...others.filter(({ button }) => button !== told.button), told]
}
