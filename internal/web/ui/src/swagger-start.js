// Starts the API browser on its page: the address of the description stands in
// the page, not in a script.
const place = document.getElementById('swagger-ui')
if (place) {
  window.SwaggerUIBundle({ url: place.dataset.url, domNode: place, deepLinking: true, validatorUrl: null })
}
