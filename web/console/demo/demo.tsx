import { Title } from '../parts/title.tsx'
import '../look/demo.css'

const PEOPLE = [
  { user: 'alice', path: '/admin/engineering', title: 'alice, admin of engineering' },
  { user: 'bob', path: '/member', title: 'bob, member' },
  { user: 'carol', path: '/member', title: 'carol, in both groups' },
  { user: 'dana', path: '/member', title: 'dana, only in finance' },
] as const

/** An admin and three members in one window, each signed in for themselves. */
export default function DemoPage() {
  return (
    <>
      <Title text="Side by side" />
      <p className="quiet">
        Sign in once in each frame. Then change a permission as alice, and watch the others follow.
      </p>
      <ul className="frames">
        {PEOPLE.map(({ user, path, title }, index) => (
          <li key={user} className={index === 0 ? 'card lead' : 'card'}>
            <div className="row spread">
              <h2>{title}</h2>
              <a href={`${path}?as=${user}`} target="_blank" rel="noreferrer">
                Own window<span className="aside"> for {user}</span>
              </a>
            </div>
            <iframe src={`${path}?as=${user}`} title={title} />
          </li>
        ))}
      </ul>
    </>
  )
}
