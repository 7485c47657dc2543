import type { Client } from './client.ts'
import type { Observed } from './observed.ts'
import type { PageState } from './page-state.ts'

/** What the caller tells by a button: that a turn of his begins, or is over. */
type Button = 'press' | 'commit'

/**
 * The buttons tell the runner at once. A line that is cut somewhere on its way takes what is pressed and gives no error: what the conversation
 * has not had when it is found again is told then. Nothing is told twice: a turn that begins anew is without what was said of it.
 */
export interface Buttons {
  tell(button: Button): void
  /** The conversation has had so many. */
  heard(count: number): void
  /** It is open, or was found again, and has had so many; a runner that does not say counts as having all that were told. */
  found(count: number | undefined): void
  /** It is over. */
  forget(): void
}

/** `number`: which one of those told it is; null where it could not be told. */
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

/** Each once. A turn of which nothing was heard is none; one that may have been heard is over. */
function withButton(kept: readonly Kept[], told: Kept): readonly Kept[] {
  const pressed = told.button === 'commit' ? kept.find(({ button }) => button === 'press') : undefined
  const others = kept.filter((one) => one !== pressed)
  if (pressed?.number === null) return others
  return [...others.filter(({ button }) => button !== told.button), told]
}
