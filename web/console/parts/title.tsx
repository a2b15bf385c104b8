import { useEffect, useRef, type ReactNode } from 'react'

/** The page's heading. Takes the focus after a navigation, so that a screen reader says where one is. */
export function Title({ text, children }: { text: string; children?: ReactNode }) {
  const heading = useRef<HTMLHeadingElement>(null)
  useEffect(() => {
    document.title = `${text} · Grantwire`
    if (document.activeElement === null || document.activeElement !== document.body) heading.current?.focus()
  }, [text])
  return (
    <h1 ref={heading} tabIndex={-1}>
      {children ?? text}
    </h1>
  )
}
