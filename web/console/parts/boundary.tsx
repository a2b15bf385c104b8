import { Component, type ReactNode } from 'react'
import { Failure } from './notice.tsx'

/** Shows what went wrong in the page inside, instead of nothing: its script could not be loaded, or it failed. */
export class Boundary extends Component<{ children: ReactNode }, { error?: unknown }> {
  override state: { error?: unknown } = {}

  static getDerivedStateFromError(error: unknown) {
    return { error }
  }

  override render() {
    if (!('error' in this.state)) return this.props.children
    return <Failure error={this.state.error} retry={() => location.reload()} />
  }
}
