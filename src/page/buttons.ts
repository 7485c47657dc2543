import type { Client } from './client.ts'
import type { Observed } from './observed.ts'
import type { PageState } from './page-state.ts'

/** What the caller tells by a button: that a turn of his begins, or is over, or that the agent is to fall silent. */
type Button = 'press' | 'commit' | 'interrupt'

/** The buttons tell the runner at once; what is pressed while it is away from a conversation is told once that is found again. */
export interface Buttons {
  /** False where the runner is not told now. */
  tell(button: Button): boolean
  /** The conversation was found again. */
  found(): void
  /** It is over. */
  forget(): void
}

export function createButtons(page: Observed<PageState>, client: () => Client): Buttons {
  let kept: readonly Button[] = []
  return {
    tell(button) {
      if (client()[button]()) return true
      if (page.value.view.isOpen) kept = withButton(kept, button)
      return false
    },
    found() {
      for (const button of kept) client()[button]()
      kept = []
    },
    forget() {
      kept = []
    },
  }
}

/** A turn of which nothing was heard is none, and what it broke in on is what was heard then: not the answer to the turn before it. */
function withButton(kept: readonly Button[], button: Button): readonly Button[] {
  if (button === 'commit' && kept.includes('press'))
    return (['interrupt', 'commit'] as const).filter((one) => kept.includes(one))
  return kept.includes(button) ? kept : [...kept, button]
}
