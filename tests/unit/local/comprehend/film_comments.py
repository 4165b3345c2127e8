"""Comments about films, with the label a person would give.

`TABLE` was looked at while the Spanish words were chosen. `HELD_OUT` was written before them and is
for measuring only: no word was added because of it. `clear` marks those that nobody would dispute
and that must come out right; the others are in the tables so that the measured share is honest.
"""

from typing import Final, NamedTuple


class FilmComment(NamedTuple):
    """One comment and its label."""

    language: str
    label: str
    clear: bool
    text: str


def comments(language: str, lines: str) -> list[FilmComment]:
    """Read lines of "LABEL text"; an exclamation mark before the label says that it is clear."""
    found = [line.strip().split(" ", 1) for line in lines.strip().splitlines()]
    return [
        FilmComment(language, label.lstrip("!"), label.startswith("!"), text)
        for label, text in found
    ]


_ENGLISH: Final = """
!POSITIVE What a wonderful film, I loved every minute of it.
!POSITIVE Not bad at all!
!POSITIVE Absolutely brilliant acting and a beautiful score.
!POSITIVE GREAT movie!!!
!POSITIVE I really enjoyed it 😍
!POSITIVE The kids were happy and so were we :)
!POSITIVE The best thriller of the year.
POSITIVE Could not stop watching until four in the morning.
POSITIVE Goosebumps from the first scene to the last.
!POSITIVE It never gets boring.
!NEGATIVE I did not like it.
!NEGATIVE Terrible. A complete waste of time.
!NEGATIVE The worst ending I have ever seen.
!NEGATIVE Boring, slow and badly acted.
!NEGATIVE I hated the main character 😡
!NEGATIVE Not good.
!NEGATIVE It wasn't funny at all.
!NEGATIVE VERY disappointing!!
NEGATIVE I fell asleep halfway through.
NEGATIVE Two hours of my life that I will never get back.
!NEUTRAL It is on at nine on Friday.
!NEUTRAL The film runs for two hours and ten minutes.
!NEUTRAL Does anybody know where it was filmed?
!NEUTRAL There are subtitles in French and German.
NEUTRAL It was okay.
!MIXED The photography is beautiful but the story is awful.
!MIXED I loved the first season and hated the second one.
!MIXED Great actors, terrible script.
MIXED A good idea, wasted on a boring plot.
MIXED The first half is fun, after that it drags.
"""

_SPANISH: Final = """
!POSITIVE Me encantó, una película maravillosa.
!POSITIVE No está nada mal.
!POSITIVE Una obra maestra, la volvería a ver.
!POSITIVE ¡¡QUÉ BUENA película!!
!POSITIVE Me gustó mucho 😍
!POSITIVE Los niños se divirtieron muchísimo :)
!POSITIVE La mejor serie del año.
!POSITIVE Buenísima, los actores están increíbles.
POSITIVE No pude parar de verla hasta las cuatro de la mañana.
!POSITIVE Vale la pena verla.
!NEGATIVE No me gustó nada.
!NEGATIVE Horrible, una pérdida de tiempo.
!NEGATIVE El peor final que he visto en mi vida.
!NEGATIVE Aburrida, lenta y mal actuada.
!NEGATIVE Odié al protagonista 😡
!NEGATIVE No es una buena película.
!NEGATIVE No vale la pena.
!NEGATIVE ¡Qué decepción tan grande!
!NEGATIVE Malísima, aburridísima, no la recomiendo.
NEGATIVE Me quedé dormido a la mitad.
!NEUTRAL La ponen el viernes a las nueve.
!NEUTRAL Dura dos horas y diez minutos.
!NEUTRAL ¿Alguien sabe dónde se rodó?
!NEUTRAL Está doblada al francés y al alemán.
NEUTRAL Ni buena ni mala, normal.
!MIXED La fotografía es preciosa pero la historia es horrible.
!MIXED Me encantó la primera temporada y odié la segunda.
!MIXED Grandes actores, guion pésimo.
MIXED Buena idea, mal aprovechada.
MIXED Empieza muy bien, pero al final aburre.
"""

_ENGLISH_HELD_OUT: Final = """
POSITIVE A masterpiece, I cried and laughed.
POSITIVE Loved the soundtrack and the cast is perfect.
POSITIVE Can't recommend it enough.
POSITIVE Surprisingly good for such a small budget.
NEGATIVE The dialogue is stupid and the plot makes no sense.
NEGATIVE Don't bother.
NEGATIVE So bad that I left the cinema.
NEGATIVE Nothing about this film is interesting.
NEUTRAL I watched it on the train.
NEUTRAL The sequel comes out in March.
MIXED Nice effects, but a stupid ending.
MIXED Funny at times, painful at others.
"""

_SPANISH_HELD_OUT: Final = """
POSITIVE Una joya, me reí y me emocioné.
POSITIVE La banda sonora es espectacular y el reparto, perfecto.
POSITIVE La recomiendo muchísimo.
POSITIVE Me sorprendió para bien, es muy entretenida.
NEGATIVE Los diálogos son estúpidos y la trama no tiene sentido.
NEGATIVE No pierdas el tiempo.
NEGATIVE Tan mala que me salí del cine.
NEGATIVE Nada interesante, un rollo.
NEUTRAL La vi en el tren.
NEUTRAL La segunda parte se estrena en marzo.
MIXED Buenos efectos, pero un final estúpido.
MIXED A ratos divertida, a ratos insoportable.
"""

TABLE: Final = [*comments("en", _ENGLISH), *comments("es", _SPANISH)]
HELD_OUT: Final = [*comments("en", _ENGLISH_HELD_OUT), *comments("es", _SPANISH_HELD_OUT)]
