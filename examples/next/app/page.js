export default function Home() {
  return <p>Sign in: POST /login</p>;
}
