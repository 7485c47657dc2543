import { useEffect, useLayoutEffect, useRef } from 'preact/hooks'

/** Keeps keyboard focus in the page: if the focused element is removed, this one gets the focus. */
export function useFocusFallback() {
  const main = useRef<HTMLElement>(null)
  const last = useRef<Element | null>(null)
  useEffect(() => {
    const onFocus = ({ target }: FocusEvent) => {
      last.current = target instanceof Element ? target : null
    }
    addEventListener('focusin', onFocus)
    return () => removeEventListener('focusin', onFocus)
  }, [])
  useLayoutEffect(() => {
    if (last.current === null || last.current.isConnected) return
    last.current = null
    if (document.activeElement === document.body) main.current?.focus({ preventScroll: true })
  })
  return main
}
