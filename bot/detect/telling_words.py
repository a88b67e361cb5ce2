"""Words that tell the language of a short text, where byte n-grams are too few to tell it.

None of the foreign words is an English one, a loanword of the trade, or merely part of a name. No
list has articles: companies have them in their names, such as "Le Monde" and "El Corte".
"""

from __future__ import annotations

from collections.abc import Collection

_GERMAN = """
aber abgelehnt abgesagt ablehnen absage ahnung alles angebot angerufen anruf anrufen anschreiben
antwort antworten antwortet auch auf ausschreibung behörde beim bezahlt billig billiger bitte
blockiert blöd braucht chefin danke darf dass daß dein deine deshalb deutsch dich dumm durch
eigentlich einkauf einkäufer entscheiden entscheider entscheidet entscheidung erst etwas
feierabend firma frage für ganz gegen geht gekündigt gemeldet geplatzt gerade geschrieben
geschäftsführer gespräch gestern gestrichen gewechselt gewonnen gibt grüße guten habe haben hallo
hatte hatten helfen heute hilf hilfe hätte ich ihm ihnen ihr ihre ihren immer interessent jahr
jetzt kann kannst kein keine keinen keiner keinerlei kollege kollegen kommt kunde kunden kundin
können könnte kündigen kündigung leider letzte letzten lieferant lieferung lieferzeit machen macht
mehr mein meine meinem meinen meint meldet mir mitarbeiter mitbewerber monat morgen muss möchte
möchten müssen nach nachfassen nachricht nervig nervt nicht nichts nie niemand noch nochmal
nächste nächsten oder ohne preis preise projekt projekte quartal rabatt reagieren reagiert
rechnung sagen sagt sagte schlecht schon schreiben schreibt sehr sein seine seinen seit sie sind
soll sollen sollte termin testen teuer trotzdem tun unbedingt und uns unser unsere unseren unter
unternehmen unterschreiben unterschrieben unterschrift unverschämt urlaub verhandlung verlieren
verloren verlängern verlängert verlängerung verschieben verschoben vertrag verträge viel
vielleicht vom vor wann warum weg weil weiter wem weniger wenn wer werden wettbewerber wie wieder
wieso willst wir wird wirklich woanders woche wohin wollen wurde wäre würde zahlt zu zum zur
zwischen über übermorgen überzeugen
"""
_FRENCH = """
achats acheteur acheteuse aider aidez annuler annulé année appel appeler après attendre
aujourd'hui aussi avant avec avez avoir avons baisser besoin bien bloque bloqué bonjour budgétaire
c'est cela cette chez choisi chère cliente clientèle combien conclure concurrence contrat croire
d'un d'une dans demain depuis dernière devis dois doit donc décide décider décideur décision elles
faire fait faut fournisseur gagné hier ils j'ai jamais l'offre leur leurs maintenant mais merci
moins mois n'est notre nous ou où parle parler pense perdu perdue peut peuvent peux pourquoi
prochaine projet projets qu'il quand que quel quelle quels qui quoi rabais refusé relancer remise
rendez-vous reporté rien répond répondre répondu réponse résilier réunion salut semaine semaines
signé signée sont suis sur toujours tous trop trouve trouvent très veulent veut votre vouloir vous
ça écrire écrit été être
"""
_SPANISH_PORTUGUESE_ITALIAN = """
abbiamo acham acho acquirente acquisti acuerdo adesso agora ahora aiutami aiuto ajuda amanhã anche
annullato aqui assinado assinar ayer ayuda ayúdame azienda año barato bisogno c'è cancelada
cancelado cancelar canceló cerrar che chefe chiamare chiamata chiede chiedono chiesto chiudere
chiuso ciao clientes clienti competencia comprador compradora compras concorrente concorrenza
concorrência contesta contestan contestar contrato contratto correo cosa cuándo cuánto cómo debo
decidir decir decisione decisión decisão degli della delle dello desconto descuento devo dicen
dico dicono digo disse diz dizem domanda domani dónde ele eles eligieron empresa enviado enviar
enviei escolheram escribir ese esta esto está están estão esá falta fazer faço fechado fechar
firmado firmar firmare firmato foi fornecedor fornitore ganado gente gracias grazie hacer hago
hanno hoje hola ieri isso jefa jefe ligação llamada llamar mandato mañana meno menos mese meu
minha molto muito muy más nadie nao necesito nella nessuna nessuno niente ninguém nossa nosso
nostro nuestra nuestro nulla nunca não obrigada obrigado oferta offerta oggi olá onde ontem
orçamento otra otro otros outra outro outros pediram pediu pela pelo perche perché perdemos perdi
perdida perdido perdimos pero persa perso pide piden più pode por porque posso precio preciso
pregunta presupuesto preventivo prezzo preço progetto projeto proposta propuesta prossima
proveedor proyecto próxima puede pueden puedo può quando quanto quedarse quer querem quero questa
questo quiere quieren quiero quién qué rebaja renovación renovação responde responden responder
responderam respondeu resposta respuesta reunião reunión rimandato rinnovo risponde rispondere
risposta riunione scelto sconto scritto scrivere sei semana semanas sempre senza settimana
settimane seu siamo siempre somos stupido sua sumiu são también também tem tengo tenho tiene
tienen todos tonto troppo tudo têm ultima una vinto você voglio vogliono vuole è última
"""
_DUTCH_NORDIC = """
afspraak alennus alstublieft altijd antwoord antwoordt apua asiakas asiakkaan bedankt bedrijf
bellen beslissen beslissing beslist beslut beslutning bestemme bestämma bij billigere budjetti
budjettia denkt deze doen doet dumme duur dyr dyra dyrt efter eigenlijk eikä eller enä erg etter
fordi forrige från förlorat förra gebeld geen geschreven gesprek gestuurd getekend gewoon gisteren
goed hadden hade havde hebben heeft hej hij hinta hjelp hjälp hjälpa hjælp hoe hulp hur hva hvad
hvordan hvorfor icke idag iets ikke ikkje indkøb ingen ingenting inget inkoop inkoper inköp
innkjøp inte intet iår jaar jag jeg jij jouw kallis kiitos kilpailija klant klanten kokous korting
koska kunder kunnen köpare køber leverancier lähetin maand maar meer meget meidän mijn miksi
milloin minder minun misschien miten mitä moet moeten mutta mycket må månad måned måste möte møde
møte naar neste niet niks nog nooit nu när nästa nå når næste och också offert offerte og også
omdat onze ook opgezegd opzeggen ostaja ovat prijs projektet prosjekt prosjektet päätös på rabat
reactie reageert schrijven sende sendt sier siger sjef skicka skickade skickat skriva skrive
slecht sopimus sturen svar svarar svarer säger tabt takk tapt tarjous tekenen tilbud träffas uden
uge uger uit uitgesteld uke uker underskrevet utan uten utsatt vad vandaag varför vastaa vastaus
vecka veckor veldig viikko viikkoa vil vill vinden vindt volgende voor vores vorige vraag vår vårt
waar waarom wanneer weken wij wil willen worden wordt zal zeggen zegt zij zijn zonder är år
"""
_EASTERN = """
ahoj ajutor ajánlat bagaimana bardzo bez brak bugün bütçe ceny cevap chce chcą clientul clientă
cześć czy când cảm decyzja değil deși diskon dla dlaczego dnes dostawca drogo dzień dzięki
dziękuję dziś díky děkuji fiyat fără gdzie giá hafta harga hogyan hàng indirim için jeszcze ještě
jsem jsou jutro już kaise karar kasih kde kdo kdy kedvezmény kenapa khách không kiedy klient
klienta klientem konkurence konkurencja kto kupiec kya kyun köszönöm masz merhaba miesiąc mikor
miért mogę może mulțumesc muszę mám mówią müşteri nabídka nahi nahin nasıl neden nem není nákup
odpověď odpowiada odpowiedź odwołane odwołany oferty ofertă pahalı pelanggan pentru pomoc pomocy
preț proszę proč przez rabatu rakip reducere răspunde răspuns schůzka segítség sleva slevu smlouva
spotkanie straciliśmy sunt szef szerződés sözleşme są teklif teraz terima teď teşekkür teşekkürler
tidak toplantı tydzień tylko tôi týden umowa umowy unde vagy válasz wczoraj wybrali yardım yarın
yok zakupy zaman zákazník zákazníka zítra ár întâlnire ügyfél şimdi šéf ơn
"""
_ENGLISH_WORDS = """
but cant dont doesnt didnt wont isnt arent havent everybody everyone nobody somebody someone
anybody anyone something anything nothing touche
about after again against all always and answer answered answering answers any aren't around ask
asked asking asks bad because before being between both buyers called calling can't cheaper closed
contract could customer customers dark dead didn't died discount discounts does doesn't don't done
each every expensive friday from gave get gets getting ghosted ghosting ghosts given go goes going
gone good got having he's help here him his how i'd i'll i'm i've if isn't it's its just keep
keeps kept knew know knows late let look looking looks lose losing lost made make making many may
might monday month more most much must my need needed needs never off only our please price prices
pricing quarter quiet quote renewal replied replies reply said saturday saw say saying says see
seen send sending sent shall she she's should sign signed signing silent since slow some stalled
still stuck stupid sunday supplier take taken tell than thanks that the their them these they
they're think thinks this those thought thursday today told tomorrow too took tuesday until up
useless vendor very wanted wants we're wednesday week's went were what when where which who why
win with within without won't would year yes yesterday you you're your
"""
_TRADE_WORDS = """
deal deals nda poc pocs rfp rfi msa sow qbr dpa sla roi forecast pipeline quota upsell
stakeholder stakeholders gatekeeper
"""
_ENGLISH = frozenset(_ENGLISH_WORDS.split())
_TRADE = frozenset(_TRADE_WORDS.split())
_FOREIGN = (
    frozenset(f"{_GERMAN}{_FRENCH}{_SPANISH_PORTUGUESE_ITALIAN}{_DUTCH_NORDIC}{_EASTERN}".split())
    - _ENGLISH
)


def count_foreign_words(words: Collection[str]) -> int:
    """Return how many of the words, in lower case, are said only in another language."""
    return len(_FOREIGN.intersection(words))


def has_english_words(words: Collection[str]) -> bool:
    """Return whether one of the words, in lower case, is said only in English."""
    return not _ENGLISH.isdisjoint(words)


def has_trade_words(words: Collection[str]) -> bool:
    """Return whether one of the words, in lower case, is an English one of the trade that sellers
    also use in other languages."""
    return not _TRADE.isdisjoint(words)
