// Security keys (WebAuthn): a form `[data-security-key]` is sent with what the key answered.
// "create" adds a key, "get" signs in with one; the server's question stands in #security-key.

type Json = Record<string, unknown>;

const bytes = (text: string): ArrayBuffer => {
  const plain = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
  return Uint8Array.from(plain, (sign) => sign.charCodeAt(0)).buffer;
};

const text = (buffer: ArrayBuffer | null): string | null =>
  buffer &&
  btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replace(/\+/g, "-")
    .replace(/\//g, "_")
    .replace(/=+$/, "");

const known = (list: Json[] | undefined): Json[] | undefined =>
  list?.map((one) => ({ ...one, id: bytes(one.id as string) }));

/** What a key answers to the server's question, as JSON. */
async function ask(way: string, question: { publicKey: Json }): Promise<Json> {
  const wanted: Json = { ...question.publicKey, challenge: bytes(question.publicKey.challenge as string) };
  let found: PublicKeyCredential;
  let response: Json;
  if (way === "create") {
    const user = wanted.user as Json;
    wanted.user = { ...user, id: bytes(user.id as string) };
    wanted.excludeCredentials = known(wanted.excludeCredentials as Json[] | undefined);
    const publicKey = wanted as unknown as PublicKeyCredentialCreationOptions;
    found = (await navigator.credentials.create({ publicKey })) as PublicKeyCredential;
    const answer = found.response as AuthenticatorAttestationResponse;
    response = {
      clientDataJSON: text(answer.clientDataJSON),
      attestationObject: text(answer.attestationObject),
    };
  } else {
    wanted.allowCredentials = known(wanted.allowCredentials as Json[] | undefined);
    const publicKey = wanted as unknown as PublicKeyCredentialRequestOptions;
    found = (await navigator.credentials.get({ publicKey })) as PublicKeyCredential;
    const answer = found.response as AuthenticatorAssertionResponse;
    response = {
      clientDataJSON: text(answer.clientDataJSON),
      authenticatorData: text(answer.authenticatorData),
      signature: text(answer.signature),
      userHandle: text(answer.userHandle),
    };
  }
  return {
    id: found.id,
    rawId: text(found.rawId),
    type: found.type,
    response,
    clientExtensionResults: found.getClientExtensionResults(),
  };
}

function start(form: HTMLFormElement): void {
  const way = form.dataset.securityKey ?? "get";
  const button = form.querySelector<HTMLButtonElement>("button[type=button]");
  const field = form.querySelector<HTMLInputElement>("[name=credential]");
  const sorry = form.querySelector<HTMLElement>("p[role=alert][hidden]");
  const written = form.querySelector("script[type='application/json']")?.textContent;
  if (!button || !field || !written || !("credentials" in navigator)) return;
  const said = JSON.parse(written) as Record<string, { publicKey: Json }>;
  const question = said[way === "create" ? "creation_options" : "request_options"];
  if (!question) return;
  button.hidden = false;
  if (way === "get") button.focus();
  button.addEventListener("click", () => {
    if (sorry) sorry.hidden = true;
    ask(way, question).then(
      (answer) => {
        field.value = JSON.stringify(answer);
        form.submit();
      },
      () => {
        if (sorry) sorry.hidden = false;
      },
    );
  });
}

const begin = (): void =>
  document.querySelectorAll<HTMLFormElement>("form[data-security-key]").forEach(start);
if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", begin);
else begin();
