// Signs a person in: the password or code goes straight to the API, which answers with an HttpOnly cookie.
const form = document.querySelector("form");
const problem = form.querySelector("[role=alert]");
const words = JSON.parse(form.dataset.words);

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const button = form.querySelector("button");
  button.disabled = true;
  problem.hidden = true;
  let said = words.centre_fault;
  const code = form.code.value.trim();
  const body = form.password ? { username: form.username.value, password: form.password.value, code: code || null } : { code };
  try {
    const answer = await fetch(form.dataset.door, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
    });
    if (answer.ok) {
      window.location.assign(form.dataset.target);
      return;
    }
    if (answer.status === 429) said = words.too_many_logins;
    else if (answer.status === 401 && (await answer.json()).type.endsWith("/code-needed")) {
      said = words.code_needed;
      form.code.parentElement.hidden = false;
      form.code.focus();
    } else if (answer.status === 401) said = code ? words.wrong_code : words.wrong_login;
    else if (answer.status === 422 && code) said = words.wrong_code;
  } catch {
    // the centre was not reached; the words say so
  }
  problem.textContent = said;
  problem.hidden = false;
  button.disabled = false;
});
