import type { Client } from './client.ts'
import type { Observed } from './observed.ts'
import type { PageState } from './page-state.ts'

/** What the caller tells by a button: that a turn of his begins, or is over. */
type Button = 'press' | 'commit'

/** The buttons tell the runner at once; what is pressed while it is away from a conversation is told once that is found again. */
export interface Buttons {
  tell(button: Button): void
  /** The conversation was found again. */
  found(): void
  /** It is over. */
  forget(): void
}

export function createButtons(page: Observed<PageState>, client: () => Client): Buttons {
  let kept: readonly Button[] = []
  return {
    tell(button) {
      if (!client()[button]() && page.value.view.isOpen) kept = withButton(kept, button)
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

/** A turn of which nothing was heard is none. */
function withButton(kept: readonly Button[], button: Button): readonly Button[] {
  if (button === 'commit' && kept.includes('press')) return kept.filter((one) => one !== 'press')
  return kept.includes(button) ? kept : [...kept, button]
}
