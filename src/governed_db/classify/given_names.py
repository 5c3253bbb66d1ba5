"""Frequent given names of seven languages: enough to tell a column of names from other words."""

from __future__ import annotations

_NAMES = """
    aaron adam adrian agnes alan albert alberto alejandra alejandro alessandra alessandro alessia alex
    alexander alexandra alfred alfredo alice alicia alison allison amanda amelia amy ana anders andre andrea
    andreas andres andrew angel angela angelica angelo anita anja anke ann anna anne annette annika anthony
    antje antoine antonella antonia antonio april ariana arjen arnaud arthur ashley astrid audrey aurelie
    aurora austin barbara bart beatrice beatriz becky ben benjamin bernadette bernard bernd beth bettina
    betty beverly bianca birgit blake bob bonnie brad bradley brandon brandy brenda brent brett brian
    brigitte britta brittany bruno bryan caitlin camila camille candice carina carl carla carlo carlos
    carmen carol carolina caroline carolyn carrie casey cassandra caterina catherine cecilia celia celine
    chad charlene charles charlotte chelsea cheryl chiara chloe chris christa christian christiane christina
    christine christof christophe christopher cindy claire clara claudia claudio claus clemens cody colin
    colleen connie connor constance corey courtney craig cristian cristiano cristina crystal curtis cynthia
    daan daisy dale damian dan dana daniel daniela daniele danielle danny darlene darrell david davide dawn
    dean debbie deborah debra denis denise dennis derek destiny detlef diana diane diego dieter dietmar dirk
    dominic dominik dominique donald donna doris dorothea dorothy douglas duane dustin dylan ebony eddie
    edgar edith eduardo edward edwin eleanor elena eleonora elias elisa elisabeth elise elizabeth elke ella
    ellen emil emilia emilie emily emma emmanuel enrico enrique enzo eric erica erik erika erin ernesto
    ernst esteban esther ethan eugene eva evan evelyn fabian fabio fabrizio faith federica federico felipe
    felix ferdinand fernanda fernando filip filippo fiona florence florian france frances francesca
    francesco francis francisco franck francois francoise frank franz fred frederic frederik friedrich fritz
    gabriel gabriela gabriele gary gavin george gerald gerard gerd gerhard gertrud gianluca gilbert gilles
    gina giorgia giorgio giovanna giovanni gisela giulia giuseppe glen gloria gonzalo grace greg gregory
    greta guido guillaume guillermo gunter gustavo guy hannah hannes hans harald harold harry hartmut
    heather hector heidi heike heinrich heinz helen helena helene helga helmut hendrik henri henry herbert
    hermann hilde holger holly horst howard hubert hugo ian ignacio ilona ilse ines inge ingo ingrid irene
    iris irma isaac isabel isabella isabelle ivan ivana jack jackie jacob jacqueline jacques jaime jake
    jakob james jamie jan jana jane janet janice janine jared jasmin jasmine jason javier jay jean jeanette
    jeanne jeff jeffery jeffrey jenna jennifer jenny jens jeremy jermaine jerome jerry jesse jessica jesus
    jill jim jimmy jo joan joana joanna joanne joao joaquin jochen jodi joe joel johan johann johanna
    johannes john johnny jon jonas jonathan jordan jorge jose josef joseph joshua joyce juan juana juanita
    judith judy julia julian juliana julie julien juliette julio june jurgen justin jutta kai kaitlin karen
    karin karina karl karla karolina katharina katherine kathleen kathrin kathryn kathy katie katja katrin
    kayla keith kelli kelly kelsey ken kendra kenneth kerry kerstin kevin kim kimberly klara klaus krista
    kristen kristin kristina kristine kristopher kurt kyle lara larry lars latoya laura lauren laurence
    laurent laurie lea leah lee lena leo leon leonard leonardo leonie leslie leticia lia liam lilly lina
    linda lindsay lisa lisette logan lorenzo lori lothar louis louise luc luca lucas lucia luciana lucie
    lucy ludovic luigi luis luisa lukas luke luz lydia lynn maarten mackenzie madison maite malik mandy
    manfred manon manuel manuela mara marc marcel marcelo marcia marco marcos marcus margaret margarete
    margarita margaux margot maria mariana marianne marie mariella marijke marilyn marina mario marion
    marissa mark marko markus marlene marta martha martin martina martine mary maryann massimo mateo mathias
    mathieu mathilde matteo matthew matthias maureen maurice mauricio mauro max maxime maximilian megan
    melanie melinda melissa mercedes meredith mia michael michaela michal michel michele michelle miguel
    mike milan mindy miranda misty mitchell mohamed mohammed molly monica monika monique morgan mustafa
    nadia nadine nancy natalia natalie natasha nathalie nathan nathaniel nele nicholas nichole nick nicola
    nicolas nicole niklas nils nina noah noel noemi nora norbert norma oceane octavio odile olga oliver
    olivia olivier orlando oscar otto pablo paige pamela paola paolo pascal patrice patricia patricio
    patrick patrizia paul paula paulette pauline paulo pedro peggy penny peter petra phil philip philipp
    philippe phillip phyllis pia pierre pieter pietro pilar rachel rafael rainer ralf ralph ramon randall
    randy raphael raquel raul raymond rebecca regina reinhard reinhold remy renata renate rene renee ricardo
    riccardo richard rick ricky rita rob robert roberta roberto robin rocio rodney rodrigo roger roland rolf
    romain roman ron ronald ronja rosa rosario rose roy ruben rudolf russell ruth ryan sabine sabrina sally
    salvatore sam samantha samuel sandra sandro sanne sara sarah sascha savannah scott sean sebastian
    sebastien selina serena serge sergio shannon sharon shaun shawn sheila shelby shelley sherri sherry
    shirley sierra sigrid silke silvana silvia simon simona simone sofia sofie sonia sonja sophia sophie
    spencer stacey stacy stefan stefania stefanie stefano steffen stephan stephane stephanie stephen steve
    steven stuart sue summer susan susana susanna susanne suzanne sven svenja sydney sylvia sylvie tabea
    tamara tammy tanja tanya tara tatiana taylor teresa teri terrence terri terry thea theo theodor theresa
    therese thibault thierry thijs thomas thorsten tiffany tim timothy tina tobias todd tom tomas tommaso
    tommy toni tony torsten tracey traci tracy travis trevor tricia troy tyler udo ulrich ulrike ursula ute
    uwe valentin valentina valeria valerie vanessa vera veronica veronique vicente vicki vickie victor
    victoria vincent vincenzo virginia virginie viviana volker walter wanda warren wayne wendy werner wesley
    whitney wilhelm willem william willie wolfgang xavier yann yannick yolanda yves yvonne zachary zoe
    """
GIVEN_NAMES = frozenset(_NAMES.split())
