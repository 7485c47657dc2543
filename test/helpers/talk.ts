import type { Page } from 'playwright-core'

/** Types a line as the caller. */
export async function type(page: Page, text: string): Promise<void> {
  await page.getByLabel('Type to the agent').fill(text)
  await page.keyboard.press('Enter')
}

/** Resolves once matching words are in the transcript. */
export async function said(page: Page, words: RegExp): Promise<void> {
  try {
    await page.locator('.words').filter({ hasText: words }).last().waitFor()
  } catch (cause) {
    throw new Error(`never said: ${words}; the page shows:\n${await page.locator('body').innerText()}`, { cause })
  }
}
