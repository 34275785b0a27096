/*
 * Names of groups of heritage other than British, one set a group: men's and women's
 * forenames, surnames, and surnames that women bear in their own right where that is
 * the custom.
 *
 * Made from: lists of names (without counts) by country of
 * sigpwned/popular-names-by-country-dataset (CC0) and joke2k/faker (MIT), and names
 * generally known. Weights: where names have counts in the United Kingdom, those (ONS
 * baby names of England and Wales 1996-2020 from ukbabynames, CC0; ONS surname shares
 * from sdglinkage, MIT; both contain public sector information licensed under the Open
 * Government Licence v3.0), a floor added and square-rooted where the name is also used
 * by others; else 3000/(rank + c), c from 1 to 12; surnames that Britons bear too count
 * 30 at most. An underscore stands for a blank.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "benchmarks/synth_tables.h"

/* clang-format off */
const struct tally_synth_pool tally_synth_pools[TALLY_SYNTH_POOLS] = {
    [TALLY_SYNTH_IRISH] = {
        .forenames[0] =
            "Emily=400 Olivia=392 Chloe=389 Jessica=380 Sophie=375 Amelia=349 "
            "Charlotte=348 Grace=329 Megan=325 Lucy=322 Hannah=316 Ella=312 Ellie=307 "
            "Mia=305 Katie=290 Amy=288 Holly=285 Lauren Emma=279 Evie=277 Georgia "
            "Molly=273 Rebecca=272 Abigail=270 Alice=266 Bethany Freya=265 Phoebe=263 "
            "Sophia=260 Eleanor=253 Elizabeth=250 Jasmine=242 Leah=239 Erin=238 "
            "Amber=233 Rosie=230 Caitlin=229 Sarah=222 Anna=221 Eva Shannon=220 "
            "Paige=215 Courtney=212 Laura=210 Harriet=208 Zoe Evelyn=203 Jade=199 "
            "Niamh=198 Nicole Alexandra=196 Rachel Victoria=195 Brooke=193 Hollie=191 "
            "Lydia Madison Francesca=190 Zara=189 Abbie=186 Natasha=184 Aimee=183 "
            "Georgina Tia Maria=182 Rose Mollie=181 Alisha=180 Eve=179 Danielle=176 "
            "Faith Martha Chelsea=174 Alicia=173 Melissa=172 Samantha Eloise=171 Sara "
            "Robyn=169 Jennifer=166 Lara Louise Katherine=165 Naomi Heidi=163 Julia "
            "Kayleigh Natalie Kate=161 Annie=158 Yasmin Morgan=157 Jodie=156 Lois "
            "Darcy=155 Elise Stephanie Demi=153 Ellen Faye=152 Gemma=151 Catherine=150 "
            "Eden Bethan=149 Charlie=148 India Orla Ashleigh=147 Savannah Esther=146 "
            "Clara=145 Connie Taylor Kelsey=144 Kiera Casey=143 Ebony Gabrielle "
            "Mary=142 Beth=140 ",
        .forenames[1] =
            "Jack=484 Thomas=451 Oliver=437 Joshua=434 James=429 Harry=424 Daniel=402 "
            "William=393 George=387 Samuel=384 Joseph=373 Charlie=369 Jacob=354 "
            "Benjamin=353 Alexander=341 Matthew Ethan=329 Luke=325 Lewis=321 Adam=318 "
            "Ryan Jake=316 Callum=315 Liam=300 Dylan=299 Henry=294 Max=293 Connor=289 "
            "Leo=282 Edward=276 Michael=271 Nathan Isaac=266 Lucas=265 Tyler=263 "
            "Jamie=261 Cameron=258 Logan=252 Ben=250 Jordan=249 Aaron=246 David=245 "
            "Harvey=243 Owen=239 Alex=237 Charles=236 Louis Kieran=234 Bradley=232 "
            "Toby=231 Kyle=228 Brandon=222 Christopher=221 Robert Zachary=220 "
            "Reece=215 Rhys=214 Elliot=205 John=204 Sam=202 Leon=201 Andrew=200 "
            "Reuben=199 Dominic=197 Joe Joel=194 Gabriel=192 Jonathan=189 Jude=188 "
            "Aidan=186 Patrick Rory Morgan=185 Bailey=183 Nicholas=182 Sean=181 "
            "Jay=180 Aiden=178 Blake Taylor Evan=175 Anthony=173 Caleb=172 Peter=171 "
            "Scott Ashley=170 Corey Albert=169 Hayden Finn=168 Jason=167 Declan=166 "
            "Tobias=165 Nathaniel=164 Mark=163 Marcus=162 Ewan=161 Rowan Conor=159 "
            "Jackson=158 Tom Zak Christian=155 Cody Josh Carter=154 Jesse Stephen=153 "
            "Paul=151 Tristan Danny=150 Mitchell Richard Lee=148 Ross Kevin=144 "
            "Kane=143 Steven=142 Zac Myles=141 ",
        .surnames =
            "Kennedy=126 O'Brien=107 O'Neill Doyle=90 Byrne=83 McCarthy=81 "
            "Gallagher=79 Hayes=78 Flynn=73 O'Connor=71 Donnelly=67 Lynch=63 McIntyre "
            "Farrell=60 Connolly=56 McLeod=53 Duffy=50 Quinn=49 Sweeney Brennan=48 "
            "Doherty=47 McLean=46 Reilly Whelan=44 McCann=43 McGrath Fitzgerald=40 "
            "Kavanagh=38 McKenna McLaughlin=37 McNeill=36 O'Donnell=35 McKay=34 "
            "O'Leary=33 O'Sullivan Brown=32 Burke Clarke Collins Healy Hughes Kelly "
            "Martin McGill McGuire Moore Murphy Murray Power Thompson Walsh Wilson "
            "Dunne=31 McMahon Daly=30 O'Hara Maguire=28 Foley=27 McDermott McCabe=26 "
            "McLoughlin McManus Casey=25 McKeown McPherson McCormick=24 Nolan "
            "McNamara=23 McCaffrey=22 McGowan McNally McConnell=20 Tierney Hogan=19 "
            "McFadden O'Connell=18 McAuley=17 McCall McKee McKie O'Toole Keane=16 "
            "McGee McNulty McGarry=15 O'Donoghue Delaney=14 Egan McCluskey McCourt "
            "McCrudden McCullough McDonagh McElroy McGinty McShane O'Doherty "
            "O'Driscoll O'Grady O'Hare O'Keefe O'Malley O'Meara O'Reilly O'Shea "
            "McGrory=13 McGuinness McKnight O'Loughlin McCloskey=12 McCracken "
            "McCafferty=11 McDowell McEvoy McGivern McHugh McIlroy McMaster McNicholas "
            "McQuade O'Hagan O'Halloran McNamee=10 McCauley=9 McGlynn McGuigan "
            "McArdle=8 McAreavey McBride McCadden McCausland McConaghy McCready McDade "
            "McElwee McFall McFarland McGinley McGirr McNaughton McPhillips McVeigh "
            "McVicker O'Dowd O'Flynn O'Hanlon O'Kane O'Keeffe O'Mahoney O'Mahony "
            "O'Rourke McInnes=7 McAndrew=6 McColl McCusker McGurk O'Callaghan O'Kelly "
            "McAdams=5 McAleenan McAlister McAloon McAteer McCarney McCarron McCaughey "
            "McCay McClelland McCooey McCoy McCurley McDaid McDevitt McEneaney McEntee "
            "McGarrigle McGarvey McGlinchey McGoff McGonagle McGovern McGroarty "
            "McGuirk McIvor McKeever McKenny McMullen McNee McNicholl McQuaid McQueen "
            "McQuillan O'Boyle O'Dea O'Gorman O'Ryan Johnston=2 McAleavy McAleer "
            "McAlinney McAlunny McAnally McAnulty McAtee McAuliffe McAveigh McBreen "
            "McBrien McCadam McCafferky McCaffry McCahill McCallion McCardle McCarra "
            "McCartan McCarte McCarville McCaughan McCaul McClean McColgan McCollam "
            "McComiskey McConaghey McConnon McCool McCorkill McCorley McCorry McCrann "
            "McCrea McCreanor McCrory McCrossan McCullagh McCumiskey McCumisky McCurdy "
            "McCurtin McDaeid McDermod McDonald McDougald McDunphy McDwyer McDyer "
            "McElduff McElgunn McElhattin McEllistrim McElnay McElnea McElroe "
            "McElwaine McEnaney McEnry McEntaggart McEvaddy McEvilly ",
    },
    [TALLY_SYNTH_POLISH] = {
        .forenames[0] =
            "Anna=750 Katarzyna=600 Agnieszka=500 Małgorzata=429 Magdalena=375 "
            "Joanna=333 Monika=300 Ewa=273 Barbara=250 Aleksandra=231 Maria=214 "
            "Zofia=200 Julia=188 Natalia=176 Karolina=167 Marta=158 Justyna=150 "
            "Beata=143 Dorota=136 Paulina=130 Sylwia=125 Izabela=120 Renata=115 "
            "Iwona=111 Zuzanna=107 Hanna=103 Lena=100 Oliwia=97 Maja=94 Alicja=91 "
            "Wiktoria=88 Amelia=86 Weronika=83 Kinga=81 Martyna=79 Patrycja=77 "
            "Edyta=75 Kamila=73 Emilia=71 Dominika=70 Łucja=68 Blanka=67 Olga=65 "
            "Kalina=64 Klara=62 Urszula=61 Sandra=60 Kaja=59 Marianna=58 Kornelia=57 "
            "Sara=56 Adrianna=55 Aniela=54 Róża=53 Marcelina=52 Roksana=51 Natasza=50 "
            "Lidia=49 Malwina=48 Karina Ada=47 Marika=46 Anastazja=45 Sonia Nela=44 "
            "Apolonia=43 Ida Eliza=42 Angelika Anna_Maria=41 Liwia Ewelina=40 "
            "Julita=39 Rozalia Inga=38 Krystyna Bianka Dagmara=37 Melania Nicole=36 "
            "Anita Aurelia=35 Elżbieta Janina=34 Julianna Tola Gaja=33 ",
        .forenames[1] =
            "Piotr=750 Krzysztof=600 Andrzej=500 Tomasz=429 Paweł=375 Marcin=333 "
            "Michał=300 Marek=273 Jan=250 Grzegorz=231 Łukasz=214 Adam=200 Jakub=188 "
            "Mateusz=176 Mariusz=167 Dariusz=158 Rafał=150 Robert=143 Jacek=136 "
            "Maciej=130 Kamil=125 Wojciech=120 Dawid=115 Przemysław=111 Sebastian=107 "
            "Artur=103 Bartosz=100 Szymon=97 Filip=94 Sławomir=91 Damian=88 Adrian=86 "
            "Patryk=83 Kacper=81 Zbigniew=79 Mirosław=77 Jarosław=75 Radosław=73 "
            "Antoni=71 Oskar=70 Nikodem=68 Aleksander=67 Mikołaj=65 Stanisław=64 "
            "Bartek=62 Franciszek=61 Wiktor=60 Igor=59 Maksymilian=58 Karol=57 "
            "Dominik=56 Oliwier=55 Ignacy=54 Marcel=53 Hubert=52 Julian=51 Tymon=50 "
            "Krystian=49 Miłosz=48 Leon Alan=47 Tymoteusz=46 Kajetan=45 Daniel Eryk=44 "
            "Konrad=43 Ksawery Gabriel=42 Bruno Borys=41 Olaf Jerzy=40 Tadeusz=39 "
            "Witold Iwo=38 Juliusz Błażej Cezary=37 Jeremi Konstanty=36 Ryszard "
            "Stefan=35 Aleks Gustaw=34 Emil Norbert Fabian=33 Jędrzej Alex "
            "Kazimierz=32 Arkadiusz Kornel Józef=31 Natan Cyprian Mieszko=30 Nataniel "
            "Maks Maurycy=29 Olgierd Leonard Albert Fryderyk=28 Ernest Tobiasz ",
        .surnames =
            "Nowak=500 Kowalski=429 Wiśniewski=375 Wójcik=333 Kowalczyk=300 "
            "Kamiński=273 Lewandowski=250 Zieliński=231 Szymański=214 Woźniak=200 "
            "Dąbrowski=188 Kozłowski=176 Jankowski=167 Mazur=158 Kwiatkowski=150 "
            "Wojciechowski=143 Krawczyk=136 Kaczmarek=130 Piotrowski=125 Grabowski=120 "
            "Pawlak=115 Michalski=111 Nowicki=107 Wieczorek=103 Jabłoński=100 "
            "Wróbel=97 Król=94 Majewski=91 Olszewski=88 Stępień=86 Malinowski=83 "
            "Jaworski=81 Adamczyk=79 Dudek=77 Pawłowski=75 Górski=73 Nowakowski=71 "
            "Witkowski=70 Sikora=68 Walczak=67 Rutkowski=65 Baran=64 Michalak=62 "
            "Szewczyk=61 Ostrowski=60 Tomaszewski=59 Pietrzak=58 Zalewski=57 "
            "Wróblewski=56 Marciniak=55 Jasiński=54 Zawadzki=53 Bąk=52 Jakubowski=51 "
            "Sadowski=50 Duda=49 Włodarczyk=48 Wilk Chmielewski=47 Borkowski=46 "
            "Sokołowski=45 Szczepański Sawicki=44 Kucharski=43 Lis Maciejewski=42 "
            "Kubiak Kalinowski=41 Mazurek Wysocki=40 Kołodziej=39 Kaźmierczak "
            "Czarnecki=38 Sobczak Konieczny Urban=37 Głowacki Wasilewski=36 Sikorski "
            "Krajewski=35 Laskowski Zakrzewski=34 Gajewski Ziółkowski Szulc=33 "
            "Makowski ",
    },
    [TALLY_SYNTH_ROMANIAN] = {
        .forenames[0] =
            "Maria=750 Elena=600 Ioana=500 Andreea=429 Mihaela=375 Alexandra=333 "
            "Cristina=300 Daniela=273 Ana=250 Gabriela=231 Alina=214 Simona=200 "
            "Mariana=188 Georgiana=176 Adriana=167 Nicoleta=158 Florentina=150 "
            "Ramona=143 Roxana=136 Loredana=130 Ștefania=125 Ada=120 Adela=115 "
            "Adelaida=111 Adelina=107 Adina=103 Agata=100 Aglaia=97 Agripina=94 "
            "Aida=91 Alberta=88 Albertina=86 Alexandrina=83 Alice=81 Alida=79 Alis=77 "
            "Alma=75 Amalia=73 Amanda=71 Amelia=70 Anabela=68 Anaida=67 Anamaria=65 "
            "Anastasia=64 Anca=62 Ancuța=61 Anda=60 Andra=59 Andrada=58 Anemona=57 "
            "Aneta=56 Angela=55 Anghelina=54 Anica=53 Anișoara=52 Antoaneta=51 "
            "Antonela=50 Antonia=49 Anuța=48 Ariadna Ariana=47 Arina=46 Aristița=45 "
            "Artemisa Astrid=44 Atena=43 Augustina Aura=42 Aurelia Aureliana=41 Aurica "
            "Aurora=40 Axenia=39 Beatrice Betina=38 Bianca Blanduzia Bogdana=37 "
            "Brândușa Camelia=36 Carina Carla=35 Carmen Carmina=34 Carolina Casandra "
            "Casiana=33 Caterina Catinca Catrina=32 ",
        .forenames[1] =
            "Andrei=750 Alexandru=600 Ionut=500 Mihai=429 Florin=375 Adrian=333 "
            "Marian=300 Daniel=273 Cristian=250 Constantin=231 Gheorghe=214 Ion=200 "
            "Vasile=188 Nicolae=176 Stefan=167 Bogdan=158 George=150 Razvan=143 "
            "Gabriel=136 Cătălin=130 Dumitru=125 Achim=120 Adam=115 Adelin=111 Adi=107 "
            "Adonis=103 Agnos=100 Albert=97 Aleodor=94 Alex=91 Alexe=88 Alin=86 "
            "Alistar=83 Amedeu=81 Amza=79 Anatolie=77 Andrian=75 Angel=73 Anghel=71 "
            "Antim=70 Anton=68 Antonie=67 Antoniu=65 Arian=64 Aristide=62 Arsenie=61 "
            "Augustin=60 Aurel=59 Aurelian=58 Aurică=57 Avram=56 Axinte=55 Barbu=54 "
            "Bartolomeu=53 Basarab=52 Bănel=51 Bebe=50 Beniamin=49 Benone=48 Bernard "
            "Brăduț=47 Bucur=46 Caius=45 Camil Cantemir=44 Carol=43 Casian Cazimir=42 "
            "Călin Cedrin=41 Cezar Ciprian=40 Claudiu=39 Codin Codrin=38 Codruț Cornel "
            "Corneliu=37 Corvin Cosmin=36 Costache Costel=35 Costin Crin=34 Cristea "
            "Cristobal Cristofor=33 Dacian Damian Dan=32 ",
        .surnames =
            "Popa=750 Popescu=600 Pop=500 Radu=429 Ionescu=375 Dumitru=333 Stoica=300 "
            "Stan=273 Gheorghe=250 Rusu=231 Munteanu=214 Matei=200 Marin=188 "
            "Ciobanu=176 Lazar=167 Florea=158 Constantin=150 Dumitrescu=143 Vasile=136 "
            "Moldovan=130 Petrescu=125 Ungureanu=120 Nistor=115 Sandu=111 "
            "Marinescu=107 Dinu=103 Tudor=100 Georgescu=97 Neagu=94 Bălan=91 Ilie=88 "
            "Iancu=86 Mocanu=83 Voicu=81 Țurcanu=79 Aanei=77 Ababei=75 Albu=73 "
            "Ardelean=71 Barbu=70 Cristea=68 Diaconescu=67 Diaconu=65 Dima=64 Dobre=62 "
            "Dochioiu=61 Eftimie=60 Ene=59 Gheorghiu=58 Ioniță=57 Manole=56 "
            "Mazilescu=55 Nemeș=54 Niță=53 Oprea=52 Preda=51 Pușcașu=50 Stancu=49 "
            "Stănescu=48 Suciu Tabacu=47 Toma=46 Tomescu=45 Voinea ",
    },
    [TALLY_SYNTH_SOUTHERN] = {
        .forenames[0] =
            "Maria=750 Ana=600 Francesca=500 Giulia=429 Carmen=375 Laura=333 Sofia=300 "
            "Elena=273 Chiara=250 Marta=231 Inês=214 Catarina=200 Lucía=188 Paula=176 "
            "Cristina=167 Isabel=158 Beatriz=150 Valentina=143 Martina=136 Silvia=130 "
            "Alessia=125 Sandra=120 Rita=115 Mónica=111 Concepción=107 Adriana=103 "
            "Alexandra=100 Alice=97 Alícia=94 Amélia=91 Andreia=88 Ângela=86 Anita=83 "
            "Ariana=81 Benedita=79 Bianca=77 Bruna=75 Bárbara=73 Caetana=71 Camila=70 "
            "Carlota=68 Carminho=67 Carolina=65 Clara=64 Constança=62 Daniela=61 "
            "Diana=60 Débora=59 Eduarda=58 Ema=57 Emma=56 Emília=55 Erica=54 Erika=53 "
            "Eva=52 Fabiana=51 Filipa=50 Flor=49 Francisca=48 Gabriela Helena=47 "
            "Iara=46 Irina=45 Íris Isabela=44 Joana=43 Juliana Jéssica=42 Júlia "
            "Kelly=41 Kyara Lara=40 Larissa=39 Leonor Letícia=38 Lia Lorena Luana=37 "
            "Luciana Luna=36 Luísa Madalena=35 Mafalda Mara=34 Margarida Mariana "
            "Matilde=33 Melissa Mia Miriam=32 Mélanie Naiara Nair=31 Nicole Nádia "
            "Núria=30 Patrícia Petra Pilar=29 Rafaela Raquel Renata Salomé=28 Sara "
            "Soraia Tatiana Teresa=27 Vera Victória Violeta Vitória=26 Yara Yasmin "
            "Adelasia Adele=25 Alessandra Alina Allegra Amalia Amanda=24 Angelica "
            "Angelina Annalisa Annamaria Annetta=23 Annunziata Antonella Antonia "
            "Antonietta Antonina Aria=22 Aurora Beatrice Berenice Bettina Camilla "
            "Carla=21 Cassandra Caterina Cecilia ",
        .forenames[1] =
            "Marco=750 José=600 João=500 Luca=429 Antonio=375 Francesco=333 Carlos=300 "
            "Manuel=273 Andrea=250 Giuseppe=231 Miguel=214 Pedro=200 Paulo=188 "
            "Alessandro=176 Javier=167 Matteo=158 Lorenzo=150 Rui=143 Nuno=136 "
            "Tiago=130 Jorge=125 Davide=120 Stefano=115 Roberto=111 Sergio=107 "
            "Álvaro=103 Raúl=100 Afonso=97 Alexandre=94 André=91 Ângelo=88 Artur=86 "
            "Benjamim=83 Bernardo=81 Brian=79 Bruno=77 Bryan=75 Cláudio=73 "
            "Cristiano=71 César=70 Daniel=68 David=67 Denis=65 Diego=64 Dinis=62 "
            "Diogo=61 Duarte=60 Edgar=59 Eduardo=58 Emanuel=57 Enzo=56 Fernando=55 "
            "Filipe=54 Francisco=53 Frederico=52 Fábio=51 Gabriel=50 Gaspar=49 Gil=48 "
            "Gonçalo Guilherme=47 Gustavo=46 Henrique=45 Hugo Igor=44 Isaac=43 Ismael "
            "Ivan=42 Ivo Jaime=41 Joaquim Joel=40 Kevin=39 Kévim Leandro=38 Leonardo "
            "Lisandro Lourenço=37 Lucas Luís=36 Marcos Martim=35 Mateus Matias=34 "
            "Mauro Micael Márcio=33 Mário Nelson Noa=32 Noah Rafael Renato=31 Ricardo "
            "Rodrigo Rúben=30 Salvador Samuel Sandro=29 Santiago Sebastião Simão "
            "Tomás=28 Tomé Valentim Vasco Vicente=27 Vítor William Wilson Xavier=26 "
            "Achille Adamo Adelmo Adriano=25 Agnolo Agostino Alberico Alberto "
            "Alderano=24 Aldo Alessio Alfio Alfredo Alphons=23 Amadeo Amedeo Amico "
            "Amleto Annibale Ansaldo=22 Antonello Antonino Armando Arnaldo Arnulfo "
            "Arsenio=21 Arturo Atenulf Augusto ",
        .surnames =
            "Silva=600 Santos=500 Ferreira=429 Rossi=375 García=333 Pereira=300 "
            "Rodrigues=273 Russo=250 Fernandes=231 Costa=214 Oliveira=200 Martins=188 "
            "Ferrari=176 Esposito=167 Sousa=158 Gonçalves=150 Gomes=143 López=136 "
            "Lopes=130 Marques=125 Bianchi=120 Romano=115 Alves=111 Almeida=107 "
            "Ribeiro=103 Pinto=100 Carvalho=97 Teixeira=94 Moreira=91 Correia=88 "
            "Mendes=86 Nunes=83 Soares=81 Vieira=79 Monteiro=77 Cardoso=75 Rocha=73 "
            "Neves=71 Coelho=70 Cruz=68 Cunha=67 Pires=65 Ramos=64 Reis=62 Simões=61 "
            "Antunes=60 Matos=59 Fonseca=58 Machado=57 Araújo=56 Barbosa=55 Freitas=54 "
            "González=53 Rodríguez=52 Fernández=51 Martínez=50 Sánchez=49 Pérez=48 "
            "Gómez Martín=47 Jiménez=46 Ruiz=45 Hernández Díaz=44 Álvarez=43 Muñoz "
            "Núñez=42 Peña Colombo=41 Bruno Ricci=40 Greco=39 Marino Gallo=38 De_Luca "
            "Conti Mancini=37 Giordano Rizzo=36 Lombardi Barbieri=35 Moretti "
            "Fontana=34 Caruso Mariani Ferrara=33 Santoro Rinaldi Leone=32 D'Angelo "
            "Longo Galli=31 Martini Martinelli Serra=30 Conte Vitale De_Santis=29 "
            "Marchetti Messina Gentile Villa=28 Marini Lombardo Coppola Ferri=27 "
            "Parisi De_Angelis Bianco Amato=26 Fabbri Gatti Sala Morelli=25 Grasso "
            "Pellegrini Ferraro Monti Palumbo=24 Grassi Testa ",
    },
    [TALLY_SYNTH_EASTERN] = {
        .forenames[0] =
            "Rasa=750 Inga=600 Daiva=500 Jurgita=429 Kristina=375 Lina=333 "
            "Viktorija=300 Gabija=273 Eglė=250 Rūta=231 Natalija=214 Jeļena=200 "
            "Olga=188 Anna=176 Maria=167 Ivanka=158 Elena=150 Desislava=143 "
            "Gergana=136 Oksana=130 Iryna=125 Katalin=120 Éva=115 Zsófia=111 "
            "Tereza=107 Jana=103 Lucia=100 Zuzana=97 Petra=94 Monika=91 Erzsébet=88 "
            "Ilona=86 Zsuzsanna=83 Margit=81 Judit=79 Ágnes=77 Andrea=75 Ildikó=73 "
            "Julianna=71 Erika=70 Krisztina=68 Irén=67 Eszter=65 Magdolna=64 Edit=62 "
            "Gabriella=61 Szilvia=60 Anita=59 Viktória=58 Anikó=57 Márta=56 Tímea=55 "
            "Rozália=54 Piroska=53 Ibolya=52 Klára=51 Tünde=50 Dóra=49 Alexandra=48 "
            "Veronika Gizella=47 Csilla=46 Nikolett=45 Melinda Réka=44 Nóra=43 Terézia "
            "Adrienn=42 Beáta Marianna=41 Vivien Renáta=40 Barbara=39 Enikő "
            "Bernadett=38 Rita Brigitta Edina=37 Hajnalka Gyöngyi=36 Boglárka "
            "Orsolya=35 Jolán Noémi=34 Etelka Valéria Fanni=33 Borbála Annamária "
            "Kitti=32 Teréz Nikoletta Laura=31 Emese Lilla Hanna=30 Aranka Kinga "
            "Klaudia=29 Anett Róza Lili Zita=28 Dorina Emma Beatrix Zsanett=27 Sára "
            "Bianka Rózsa Jázmin=26 Luca Júlia Diána Henrietta=25 Györgyi Irma "
            "Dorottya Bettina Mariann=24 ",
        .forenames[1] =
            "Jonas=750 Vytautas=600 Tomas=500 Mantas=429 Lukas=375 Darius=333 "
            "Andrius=300 Mindaugas=273 Marius=250 Paulius=231 Dmitrijs=214 "
            "Aleksandrs=200 Andrejs=188 Jānis=176 Ivan=167 Georgi=158 Dimitar=150 "
            "Nikolay=143 Petar=136 Stoyan=130 Hristo=125 Oleksandr=120 Sergiy=115 "
            "Viktor=111 Péter=107 Gábor=103 László=100 Zoltán=97 Jiří=94 Martin=91 "
            "Marek=88 Jozef=86 István=83 József=81 János=79 Sándor=77 Ferenc=75 "
            "Attila=73 Tamás=71 Zsolt=70 Tibor=68 András=67 Csaba=65 Imre=64 Lajos=62 "
            "György=61 Balázs=60 Gyula=59 Mihály=58 Róbert=57 Károly=56 Dávid=55 "
            "Dániel=54 Ádám=53 Béla=52 Krisztián=51 Miklós=50 Norbert=49 Bence=48 Máté "
            "Pál=47 Gergő=46 Roland=45 Szabolcs Bálint=44 Levente=43 Márk Richárd=42 "
            "Antal Gergely=41 Ákos Árpád=40 Márton=39 Géza Kristóf=38 Milán Dominik "
            "Patrik=37 Barnabás Jenő=36 Kálmán Marcell=35 Áron Mátyás=34 Ernő Endre "
            "Botond=33 Zsombor Dezső Olivér=32 Nándor Szilárd Erik=31 Alex Benedek "
            "Vilmos=30 Kornél Zalán Dénes=29 Ottó Benjámin Bertalan Kevin=28 Adrián "
            "Rudolf Noel Albert=27 Vince Ervin Győző Zsigmond=26 Andor Szilveszter "
            "Gusztáv Barna=25 Ábel Hunor Arnold Csongor Elemér=24 ",
        .surnames =
            "Kazlauskas=750 Petrauskas=600 Jankauskas=500 Stankevičius=429 Ivanov=375 "
            "Petrov=333 Dimitrov=300 Georgiev=273 Nagy=250 Kovács=231 Tóth=214 "
            "Szabó=200 Horváth=188 Novák=176 Svoboda=167 Dvořák=158 Bērziņš=150 "
            "Kalniņš=143 Ozoliņš=136 Kováč=130 Varga=125 Bondarenko=120 Shevchenko=115 "
            "Melnyk=111 Kovalenko=107 Nikolov=103 Todorov=100 Stoyanov=97 Németh=94 "
            "Farkas=91 Balogh=88 Papp=86 Molnár=83 Černý=81 Procházka=79 Kučera=77 "
            "Kiss=75 Lakatos=73 Takács=71 Juhász=70 Mészáros=68 Oláh=67 Simon=65 "
            "Rácz=64 Fekete=62 Szilágyi=61 Török=60 Fehér=59 Balázs=58 Gál=57 "
            "Pocius=56 Vsiliauskas=55 Žukauskas=54 Butkus=53 Paulauskas=52 Urbonas=51 "
            "Kavaliauskas=50 Sakalauskas=49 Akelis=48 Ambrasas Kairys=47 Kalvaitis=46 "
            "Kalvelis=45 Kalvėnas Kaupas=44 Kiška=43 Gagys Gailius=42 Gailys "
            "Gaižauskas=41 Gaičiūnas Galdikas=40 Gintalas=39 Ginzburgas Grinius=38 "
            "Gronskis Nagys Naujokas=37 Narušis Nausėda=36 Poška Povilonis=35 ",
    },
    [TALLY_SYNTH_INDIAN] = {
        .forenames[0] =
            "Maya=154 Sara=121 Anya=97 Mary=92 Tara=80 Anaya=76 Ria=71 Nikita=66 "
            "Amara=65 Kiara Arya=64 Lila=63 Priya Inaya=55 Isha Anika=53 Diya Riya "
            "Asha=50 Jaya=46 Neha=44 Mina=43 Shreya Anita=42 Anjali=41 Leena "
            "Shivani=40 Leela=39 Myra Susan=38 Aanya=36 Amrita Sia Aarya=35 Ananya "
            "Eesha Meera Nisha Siya=34 Falak=33 Prisha Saanvi Avni=31 Krisha "
            "Tamanna=30 Trisha Tanvi=29 Anusha=28 Keya Komal Sanya Sneha Ishani=27 "
            "Radhika Sanaya Aadhya=26 Aarna Divya Navya Pooja Indira=25 Kavya Krishna "
            "Meena Kajal=24 Lakshmi Nidhi Rani Yashvi Amaira=23 Harini Kavita Nimrat "
            "Reena Warda Anvi=22 Ira Nandini Radha Reva Vaishnavi Vidhi Aahana=21 "
            "Aashi Devika Hema Ishita Kashvi Megha Sai Suhani Advika=20 Aishani Dhriti "
            "Hansa Lavanya Ridhi Varsha Veda Bhavya=19 Gauri Janani Jyoti Kashish "
            "Krupa Mahika Sachi Sita Vedika Anamika=18 Bhavika Charvi Manya Oviya Puja "
            "Sejal Sonal Sunita Urvi Vanya Vrinda Bhavini=17 Damini Kritika Niharika "
            "Nilima Nimisha Vaishali Ekta=16 Kala Mohini Adya=15 Aradhana Deepa Eshana "
            "Gayathri Hemani Hiral Ishanvi Janaki Jeevika Pallavi Saumya Veena Vinaya "
            "Yashica Bina=14 Daksha Hetal Janya ",
        .forenames[1] =
            "Jack=434 Thomas=401 Oliver=387 Joshua=384 Daniel=352 William=343 "
            "George=337 Samuel=334 Joseph=323 Jacob=304 Benjamin=303 Alexander=291 "
            "Matthew Ethan=279 Luke=275 Mohammed=270 Ryan=268 Liam=250 Oscar=247 "
            "Henry=244 Noah Max=243 Michael=221 Nathan Isaac=216 Harrison=213 "
            "Logan=202 David=195 Mason Owen=189 Charles=186 Christopher=171 Robert "
            "Kai=157 Andrew=150 Theodore=148 Dominic=147 Gabriel=142 Jonathan=139 "
            "Elijah=137 Frederick Patrick=136 Nicholas=132 Anthony=123 Caleb=122 "
            "Peter=121 Finn=118 Jason=117 Nathaniel=114 Jackson=108 Tristan=101 "
            "Kevin=94 Abdul=93 Ayaan=91 Vincent=88 Rohan=86 Timothy Simon=82 Xavier=79 "
            "Aryan=70 Victor Arjun=68 Isaiah Jai=61 Jeremiah=58 Wyatt=55 Aarav=52 Ajay "
            "Arun=49 Azaan Farhan Zayan Krish=48 Qasim Faris=47 Samir Yuvraj Gavin=46 "
            "Zaid Rahul=45 Rishi=44 Nikhil=43 Dhruv=42 Ishaan Kiran Rayaan=41 Veer=40 "
            "Shaan=39 Aditya=38 Yash Kabir=37 Karan Sachin Dev=36 Vihaan Kamal=35 "
            "Akash=34 Kiaan Zayyan Ravi=33 Rehaan Aarush=32 Avi Ayush Nihal Pranav "
            "Vivaan Akshay=31 Neel Ranveer Arin=30 Sai Ansh=29 Krishna Reyansh "
            "Siddharth Om=28 Rudra Sanjay Viraj Vishal Aayush=27 Anay Quincy Shyam "
            "Anil=26 Darsh Parth Amit=25 Harsh Raj Shaurya Tanveer Vikram Azad=24 "
            "Gaurav Raghav Samar Tejas Aadi=23 Advik Atharv Daksh Harish Samarth "
            "Sandeep Sunil Vijay Devansh=22 Shivansh ",
        .surnames =
            "Patel=217 Kaur=118 Ali=112 Shah=74 Sharma=60 Singh=48 Mann=33 Thomas "
            "Bains=28 Rodrigues=26 Amin=22 Chauhan=20 More Jacob=18 Kumar=17 Mistry "
            "Tailor Mohan=14 Parmar Dutt=12 Nair Pereira Sinha Sami=11 Desai=10 Bath=9 "
            "Chand Chander Dora Issac Kapoor Kaul Mathew Menon Merchant Pillay Reddy "
            "Hayre=7 Kurian Pandey Raval Sawhney Sheth Dewan=6 Goyal Grover Lall "
            "Mander Shanker Sunder Tandon Acharya=3 Agarwal Agate Aggarwal Agrawal "
            "Ahluwalia Ahuja Amble Anand Andra Anne Apte Arora Arya Atwal Aurora Babu "
            "Badal Badami Bahl Bahri Bail Bajaj Bajwa Bakshi Bal Bala Balakrishnan "
            "Balan Balasubramanian Balay Bali Bandi Banerjee Banik Bansal Barad Baral "
            "Baria Barman Basak Bassi Basu Batra Batta Bava Bawa Bedi Behl Ben Bera "
            "Bhagat Bhakta Bhalla Bhandari Bhardwaj Bhargava Bhasin Bhat Bhatia "
            "Bhatnagar Bhatt Bhattacharyya Bhatti Bhavsar Bhudia Bir Biswas Boase "
            "Bobal Bora Borah Borde Borra Bose Brahmbhatt Brar Buch Bumb Butala Chacko "
            "Chad Chada Chadha Chahal Chakrabarti Chakraborty Chana Chanda Chandra "
            "Chandran Char Chatterjee Chaudhari Chaudhary Chaudhry Chaudhuri Chaudry "
            "Chawla ",
    },
    [TALLY_SYNTH_SIKH] = {
        .forenames[0] =
            "Simran=3847 Kiran=1421 Harleen=918 Jasleen=743 Jaspreet=461 Manpreet=336 "
            "Harpreet=325 Gurpreet=276 Amandeep=274 Amanpreet=261 Jasmeet "
            "Kirandeep=244 Preet=184 Mandeep=146 Dilpreet=130 Sandeep=129 "
            "Ramandeep=112 Harjot=106 Manjot=103 Sukhpreet=99 Pavandeep=98 Prabhjot=94 "
            "Jasdeep=90 Navpreet=89 Simranjit=87 Manmeet=84 Navdeep Navjot=82 "
            "Rupinder=76 Inderpreet=74 Kiranpreet Sehajpreet=70 Ashmeet=68 Jaipreet "
            "Arshpreet=67 Kiranjit Simarpreet Amarpreet=66 Gagandeep=65 Ishmeet "
            "Gurjot=64 Hardeep=62 Taranpreet Ekamjot=59 Rajpreet Ravinder Jasminder=58 "
            "Harmeet=57 Ashpreet=54 Rajdeep Simrandeep Ekampreet=53 Tarandeep=52 "
            "Rajvinder=50 Simranpreet Amanjot=49 Manvir Khushpreet=48 Tanvir "
            "Sharandeep=46 Ramanpreet=45 Amardeep=41 Harmanpreet Parminder Sukhdeep "
            "Rajvir=40 Prabjot=39 Balpreet=37 Divjot Ishpreet Kiranjot Sharanjit "
            "Baljit=32 Manjit Baljinder=29 Daljit Rajinder Jasbir=28 Narinder "
            "Amarjit=25 Balbir Gurmit Harbhajan Harjit Jaswant Kulwant Mohinder "
            "Paramjit Ranjit Satwant Sukhwinder Surinder Surjit ",
        .forenames[1] =
            "Arjan=1120 Karam=639 Jaskaran=347 Tanvir=316 Amandeep=295 Manvir=266 "
            "Harvir=212 Harjot=210 Ranvir=207 Sandeep=195 Gurpreet=188 Rajvir=185 "
            "Harpreet=161 Harvinder=157 Jasdeep=154 Pavandeep=146 Mandeep=144 "
            "Gurvir=142 Amardeep=140 Gurdeep=133 Manpreet Gagandeep=132 Hardeep "
            "Jagdeep Ravinder=131 Prabhjot=128 Gurjot=116 Arundeep=114 Arandeep=113 "
            "Manjot=112 Jaspreet=111 Jaideep=107 Aarondeep=102 Navdeep Karandeep=101 "
            "Navjot=96 Gurvinder=87 Preet Tarandeep Harmeet=84 Rajdeep Satnam=83 "
            "Karanvir=82 Taranvir=81 Agamjot=76 Sukhdeep Ekamjot=75 Pardeep=73 "
            "Gurdev=72 Sundeep=69 Sahibjot=66 Jatinder=65 Jaydeep Gurinder=64 Inder "
            "Jasmeet=63 Ryandeep Arshdeep=60 Davinder=59 Amanvir=58 Ranjit Abhijot=57 "
            "Parminder Ramandeep Taranjit=56 Paramvir=55 Prabhdeep Arvinder=54 Sukhvir "
            "Inderjit=53 Rajinder Sukhdev=52 Randeep=51 Sahibdeep Baldeep=50 "
            "Gavindeep=49 Gurjit Jagjit Manjinder=48 Parmeet Tajinder Harjinder=47 "
            "Sanjit Gavinder=46 Harjit Harminder Maninder Sumeet Jagvir=45 Manmeet=44 "
            "Sehajdeep Pawandeep=43 Sukhpreet Amanpreet=42 Danvir Manvinder "
            "Agamdeep=41 Dilpreet=40 Ekampreet Jagtar Samarvir Jashandeep=39 Talvinder "
            "Tejvir Agampreet=38 Amanjot Baljot Harmanpreet Akashdeep=37 Jashanpreet ",
        .surnames =
            "Kaur=118 Singh=48 Mann=33 Bains=28 Panesar=9 Atwal=3 Aujla Badesha Bansal "
            "Basra Bassi Bhogal Bhullar Birdi Chahal Chana Cheema Deol Dhaliwal Dhami "
            "Dhanda Dhillon Dosanjh Gill Gosal Grewal Hayer Hundal Jandu Johal Kalsi "
            "Kang Khela Khera Kooner Lally Mangat Matharu Nijjar Purewal Rai Randhawa "
            "Rehal Sagoo Sahota Samra Sandhu Sangha Sehmi Sekhon Shergill Sidhu Sohal "
            "Somal Sura Takhar Thandi Thind Toor Ubhi Uppal Virdee Virk ",
    },
    [TALLY_SYNTH_PAKISTANI] = {
        .forenames[0] =
            "Sarah=26441 Sofia=22789 Zara=16662 Alisha=14390 Aisha=12515 Sara=12316 "
            "Maryam=12196 Yasmin=9581 Fatima=9089 Zainab=8150 Zahra=7143 Ayesha=5910 "
            "Mariam=5741 Amina=5725 Nadia=5606 Khadija=4783 Aleena=4520 Anaya=4392 "
            "Iqra=3958 Khadijah=3918 Hana=3900 Hafsa=3861 Sana=3528 Zoya=3511 "
            "Aliza=3085 Alina=2918 Halima=2906 Noor=2834 Aminah=2822 Fatimah=2596 "
            "Hafsah=2481 Anisa=2438 Laiba=2334 Haleema=2196 Malaika=2115 Inaya=2076 "
            "Yusra=1971 Sumayyah=1885 Amna=1759 Haniya=1696 Safiya=1633 Sumaya=1627 "
            "Farah=1604 Humaira=1594 Safiyyah=1397 Ruqayyah=1373 Sadia=1370 Saira=1299 "
            "Ayat=1288 Asma=1268 Mahnoor=1261 Faiza=1199 Asiya=1195 Maira=1061 "
            "Aneesa=1018 Hajra=957 Eshal=943 Saima=930 Habiba=914 Saba Bushra=867 "
            "Sanaa=842 Minahil=841 Madiha=824 Rabia=780 Sidra=753 Aaisha=748 Maha=738 "
            "Areeba=647 Hira=645 Nimra=636 Rida=614 Iram=611 Maheen=596 Sakina=592 "
            "Momina=576 Sania=571 Naila=565 Misbah=528 Zunaira=486 Yasmeen=473 "
            "Tahira=468 Farzana=440 Nabila=423 Zeenat Samina=418 Nida=408 Uzma=400 "
            "Nazia=383 Rimsha=361 Javeria=345 Nusrat=339 Huma=330 Shazia=267 Lubna=255 "
            "Rehana=229 Kainat=223 Nasreen=210 Samreen=207 Zobia=194 Rubina=185 "
            "Sobia=176 Fozia=174 Mehwish=163 Tayyaba=158 Shabana=141 Razia=111 "
            "Nazma=108 Shaheen=83 Parveen=77 Kausar=75 Shamim Robina=55 Naseem=51 "
            "Rukhsana=50 Shagufta=47 Tasleem=46 ",
        .forenames[1] =
            "Mohammed=67682 Muhammad=53982 Mohammad=22566 Ibrahim=11710 Ali=9694 "
            "Yusuf=9200 Mohamed=7992 Hamza=7451 Ahmed=7094 Abdul=6900 Zain=6693 "
            "Ayaan=6646 Abdullah=6511 Omar=5767 Hassan=5384 Musa=4855 Mustafa=4502 "
            "Umar=4253 Zakariya=4038 Yahya=4027 Ismail=3982 Bilal=3799 Rayan=3739 "
            "Aryan=3608 Rayyan=3421 Hasan=3304 Eesa=3293 Amir=3133 Sami=3124 Zayn=3025 "
            "Haris=2773 Idris=2597 Isa=2402 Khalid=2229 Usman=2095 Hussain=2069 "
            "Haider=2053 Hashim=2006 Imran=1927 Zakaria=1895 Zayd=1816 Ilyas=1796 "
            "Haroon=1696 Kamran=1597 Farhan=1595 Yasin=1575 Junaid=1563 Yaseen=1488 "
            "Raheem=1487 Sulaiman=1480 Qasim=1465 Daniyal=1436 Danyal=1425 Uzair "
            "Adnan=1406 Zaid=1322 Talha=1143 Salman=1095 Yaqub=1068 Taha=1030 "
            "Mahdi=985 Tariq=965 Faisal=947 Arham=908 Sufyan=852 Mikaeel=851 Eshan=846 "
            "Safwan=793 Sohail=783 Nabil=713 Mikail=693 Abdurrahman=672 Ehsan=671 "
            "Harun=668 Aamir=664 Jamil=660 Kasim=656 Aqib=620 Shoaib=608 Zubair=592 "
            "Suleman=588 Rizwan=581 Arif=549 Abdur-Rahman=504 Irfan=495 Naeem=465 "
            "Saqib=458 Anwar=442 Shakeel=427 Kashif=417 Tahir=394 Zahid=393 Jibril=392 "
            "Nasir=381 Ashraf=365 Wasim=353 Riaz=340 Asif=333 Rashid=332 Nadeem=331 "
            "Aziz=310 Shahid=286 Azhar=278 Sajid=274 Tanveer=269 Waqas=268 Naveed=259 "
            "Ghulam=255 Saleem=236 Sadiq=207 Younus Rahman=203 Munir=186 Mansoor=162 "
            "Nazir=134 Javed=121 Rafiq=112 Iqbal=111 Masood=88 Zafar=75 Shabir=65 "
            "Aslam=63 Babar=61 Akhtar=50 Zulfiqar Mehmood=40 Pervaiz ",
        .surnames =
            "Khan=147 Ali=112 Ahmed=92 Hussain Shah=74 Daniel=59 Akhtar=42 Barr=34 "
            "Mohammed=27 Ahmad=23 Amin=22 Butt=21 Aslam=18 Hussein Rashid Sadiq "
            "Khalid=17 Aziz=15 Anwar=14 Younis Ibrahim=12 Malik Rehman Akram=9 Hayat "
            "Sharif Aaaqil=3 Aabid Aadam Aadil Aalam Aamil Aamir Aamirah Aarif Aariz "
            "Aasif Aasim Aatiq Aazim Abaan Afzal Arshad Aryan Asghar Ashraf Auraq "
            "Awadil Awamil Awani Awj Awmar Ayaan Ayamin Ayyubi Azam Azban Baaqir "
            "Baaree Baashir Baasim Baasit Babar Badr_Udeen Baig Baleegh Bambad Barraq "
            "Basaam Baseer Bashaar Bashaarat Basheerah Bashir Batal Batool Bilaal "
            "Bizhan Buraid Chaudhary Chaudhry Daamin Dabir Dakhil Damurah Dar Darain "
            "Dawud Din Ehsaas Ejlaal Esfandyar Eshan Faizan Farooq Fazli Fidvi Ghafoor "
            "Ghanee Ghani Ghannam Ghasaan Ghauth Ghayoor Ghazzal Ghunayn Ghutayf Gohar "
            "Gul Gulfam Gulshan Hafeez Hamid Hanif Haq Huzaifa Ibraaheem Idris "
            "Iftikhaar Ihab Ihsaan Ihtiram Ijli Ilan Ilyas Iqbal Ishaq Jaabir Jabeen "
            "Jabir Jabr Jad Jahdami Jahdari Jalaal Jalil Jamaal Jameel Jamil Javed "
            "Kaamil Kabeer Kachela Kaleem Kaleema Kamal Kamran Karaamat Karam Kasam "
            "Kashif Kasim Kausar Kayani Kaysan Labeeb Lahiah Lajlaj Latif Layth ",
        .womens_surnames =
            "Begum=1500 Bibi=1000 Akhtar=750 Kausar=600 Khatoon=500 Parveen=429 "
            "Jabeen=375 Bi=333 Fatima=300 Kauser=273 Nasreen=250 Sultana=231 "
            "Yasmin=214 Shaheen=200 Naz=188 Iqbal=176 ",
    },
    [TALLY_SYNTH_BANGLADESHI] = {
        .forenames[0] =
            "Alisha=14390 Aisha=12515 Maryam=12196 Fatima=9089 Zainab=8150 Ayesha=5910 "
            "Mariam=5741 Amina=5725 Khadija=4783 Aleena=4520 Anaya=4392 Iqra=3958 "
            "Khadijah=3918 Hana=3900 Hafsa=3861 Aliza=3085 Alina=2918 Halima=2906 "
            "Aminah=2822 Fatimah=2596 Salma=2492 Hafsah=2481 Anisa=2438 Laiba=2334 "
            "Haleema=2196 Malaika=2115 Inaya=2076 Sumayyah=1885 Amna=1759 Haniya=1696 "
            "Safiya=1633 Sumaya=1627 Farah=1604 Humaira=1594 Safiyyah=1397 "
            "Ruqayyah=1373 Ayat=1288 Asma=1268 Mahnoor=1261 Faiza=1199 Asiya=1195 "
            "Mina=1098 Maira=1061 Aneesa=1018 Hajra=957 Eshal=943 Habiba=914 "
            "Bushra=867 Tania Madiha=824 Aaisha=748 Maha=738 Sabina=652 Areeba=647 "
            "Hira=645 Iram=611 Maheen=596 Rahima=489 Fahmida=474 Farzana=440 "
            "Tahmina=398 Javeria=345 Nusrat=339 Huma=330 Sharmin=256 Lubna=255 "
            "Rina=246 Kainat=223 Fozia=174 Shirin=148 Hasina=145 Nasima=112 Nazma=108 "
            "Sultana=107 Tanjina=99 Rohima=92 Sufia Kausar=75 Rukshana=66 Shahena=57 "
            "Jahanara=51 Jesmin=46 Khaleda=44 Shapla Amirun=40 Anowara Momtaz Monowara "
            "Rokeya ",
        .forenames[1] =
            "Mohammed=67682 Muhammad=53982 Mohammad=22566 Ibrahim=11710 Ali=9694 "
            "Yusuf=9200 Mohamed=7992 Syed=7796 Hamza=7451 Ahmed=7094 Abdul=6900 "
            "Zain=6693 Ayaan=6646 Abdullah=6511 Omar=5767 Hassan=5384 Musa=4855 "
            "Mustafa=4502 Umar=4253 Zakariya=4038 Yahya=4027 Ismail=3982 Bilal=3799 "
            "Rayan=3739 Aryan=3608 Rayyan=3421 Hasan=3304 Eesa=3293 Amir=3133 "
            "Zayn=3025 Idris=2597 Isa=2402 Jamal=2385 Khalid=2229 Usman=2095 "
            "Hussain=2069 Imran=1927 Zakaria=1895 Zayd=1816 Ilyas=1796 Haroon=1696 "
            "Farhan=1595 Yasin=1575 Junaid=1563 Sulaiman=1480 Uzair=1425 Adnan=1406 "
            "Zaid=1322 Talha=1143 Salman=1095 Shah=966 Tariq=965 Faisal=947 Arham=908 "
            "Md=856 Sufyan=852 Safwan=793 Sohail=783 Abdurrahman=672 Harun=668 "
            "Aamir=664 Kamal=651 Shoaib=608 Suleman=588 Rizwan=581 Abdur-Rahman=504 "
            "Saqib=458 Tahmid=443 Anwar=442 Kashif=417 Zahid=393 Asif=333 Nadeem=331 "
            "Tanvir Shahid=286 Waqas=268 Naveed=259 Kazi=245 Rahman=203 Abdus=152 "
            "Saiful=98 Aminul=96 Shafiq=95 Habibur=83 Shahin=75 Jahangir=70 Ruhul=69 "
            "Ashraful=68 Nurul=64 Azizur=59 Rubel=58 Faruk=53 Mizanur=50 Mahbubur=46 "
            "Alamgir=40 Badrul Delwar Fazlul Motiur Nazrul Rafiqul Rezaul Shofiqul "
            "Sirajul Sumon Zahirul ",
        .surnames =
            "Khan=148 Ali=113 Ahmed=93 Hussain Shah=75 Akhtar=43 Rahman=35 Mohammed=28 "
            "Karim=21 Rashid=19 Aziz=16 Islam Malik=13 Alam=10 Hannan Sattar=7 Uddin "
            "Ahad=4 Akter Alom Bari Bhuiyan Biswas Choudhury Chowdhury Das Goni Hamid "
            "Haque Hoque Hossain Jalil Kabir Kalam Khalique Khatun Latif Matin Mia "
            "Miah Molla Monir Motin Munim Noor Quddus Razzak Rob Roy Salam Samad "
            "Sarkar Sarker Shahid Sheikh Sikder Subhan Talukdar Talukder Ullah Wahid ",
        .womens_surnames =
            "Begum=1500 Khatun=1000 Akter=750 Bibi=600 Khanom=500 Sultana=429 "
            "Akhtar=375 Nessa=333 Chowdhury=300 Ahmed=273 Miah=250 ",
    },
    [TALLY_SYNTH_CHINESE] = {
        .forenames[0] =
            "Emily=166 Chloe=163 Jessica=161 Sophie=160 Grace=148 Amy=137 Jasmine=124 "
            "Jennifer=102 Catherine=97 Michelle=88 Fiona=84 Winnie=77 Karen=75 "
            "Cherry=74 Joyce Jia=73 Vivian=72 Mei=70 Xin Yi=69 Jing=67 Yan=66 Ying "
            "Hui=65 Li Xia=64 Ling=63 Min Rui Lai=62 Mei-Ling Na Qian Suk Fang=60 "
            "Hoi-Yan Juan Ka-Yan Siu-Ling Tsz-Ching Wai-Ling Wing-Yan Xiu Yu-Ling Yuet ",
        .forenames[1] =
            "Jack=186 Daniel=166 Ethan=148 Ryan=145 Michael=132 Lucas=131 David=125 "
            "Kai=114 Andrew=112 Jonathan=109 Peter=103 Jason=102 Kevin=94 Simon=91 "
            "Alan=90 Eric Tony=82 Raymond=78 Juan=73 Jun=70 Yu Yi=69 Bo=68 Chi Hao Zhi "
            "Tao=67 Wei Yan Chun=66 Ho Jian Ka Ming Jing=65 Man Xin Jie=64 Lei Li Min "
            "Wing Yong Kwok=63 Yang Chao=60 Chi-Ming Fang Feng Gang Guiying Ka-Ho "
            "Ka-Wai Kwok-Wai Na Ping Qiang Tsz Wai-Man Xia Xiulan Xiuying ",
        .surnames =
            "Lee=50 Long Chan=37 Tang=35 Cheung=34 Wong=32 Chung=29 Wang Chang=28 Chen "
            "Yeung Poon=26 Tong Yang=23 Bai=20 Cai Cao Cheng Chiu Choi Chow Chu Chua "
            "Cui Dai Deng Ding Dong Du Duan Fan Fang Feng Fu Fung Gao Goh Gong Gu Guo "
            "Han Hao He Ho Hou Hu Huang Hui Jia Jiang Jin Kang Ko Koh Kong Kwan Kwok "
            "Lai Lam Lau Law Lei Leung Li Liang Liao Lim Lin Liu Lo Lu Lui Luo Ma Mak "
            "Man Mao Meng Mo Mok Ng Ong Ou Pan Pang Peng Qian Qiao Qin Qiu Ren Shao "
            "Shen Shi Siu Song Su Suen Sun Tam Tan Tao Teo Tian To Toh Tsang Tse Tsui "
            "Wan Wei Wen Wu Xia Xiang Xiao Xie Xiong Xu Xue Yan Yao Ye Yi Yin Yip Yu "
            "Yuan Yuen Zeng Zhang Zhao Zheng Zhong Zhou Zhu Zou ",
    },
    [TALLY_SYNTH_FILIPINO] = {
        .forenames[0] =
            "Chloe=349 Grace=289 Sophia=220 Jasmine=202 Sofia=171 Evelyn=163 Maria=142 "
            "Samantha=132 Jennifer=126 Catherine=110 Angel=108 Josephine=92 "
            "Michelle=86 Angela=63 Andrea=61 Rosalie=60 Joy=58 Precious Princess "
            "Angelica=57 Gloria=52 Marissa Jocelyn=51 Cherry=47 Cristina=42 Liza=40 "
            "Nathalie=39 Rowena Rosemarie=37 Althea=35 Lourdes=33 Imelda=32 Mary-Ann "
            "Luz=24 Milagros Mary-Grace=23 Rosario Carmelita=22 Analyn=20 Corazon "
            "Maricel Marites Nenita Teresita ",
        .forenames[1] =
            "James=389 Jacob=314 Matthew=301 Ethan=289 Ryan=278 Michael=231 Nathan "
            "Joel=154 Gabriel=152 Jonathan=149 Nathaniel=124 Mark=123 Christian=115 "
            "Antonio=67 Dennis Romeo Zion=63 Ezekiel=62 Edwin=59 Noel Angelo=54 Jerome "
            "Ricardo=53 Ronald=49 Jose=48 Carlo=45 Jayson Juan Allan=44 Roberto "
            "John-Paul=41 Eduardo=40 Gerald=38 Fernando=37 Ferdinand=36 Ramon=31 "
            "Danilo=30 Renato=29 Rolando=23 Rommel Arnel=20 Reynaldo Rodel ",
        .surnames =
            "Dela_Cruz=333 Garcia=300 Reyes=273 Ramos=250 Mendoza=231 Santos=214 "
            "Flores=200 Gonzales=188 Bautista=176 Villanueva=167 Fernandez=158 "
            "Cruz=150 De_Guzman=143 Lopez=136 Perez=130 Castillo=125 Francisco=120 "
            "Rivera=115 Aquino=111 Castro=107 Sanchez=103 Torres=100 De_Leon=97 "
            "Domingo=94 Martinez=91 Rodriguez=88 Santiago=86 Soriano=83 "
            "Delos_Santos=81 Diaz=79 Hernandez=77 Tolentino=75 Valdez=73 Ramirez=71 "
            "Morales=70 Mercado=68 Tan=67 Aguilar=65 Navarro=64 Manalo=62 Gomez=61 "
            "Dizon=60 Del_Rosario=59 Javier=58 Corpuz=57 Gutierrez=56 Salvador=55 "
            "Velasco=54 Miranda=53 David=52 ",
    },
    [TALLY_SYNTH_TAMIL] = {
        .forenames[0] =
            "Priya=68 Meera=40 Lakshmi=29 Harini=28 Janani=24 Abirami=22 Mathusha=20 "
            "Swetha Aathira=19 Chandrika=17 Ishara Kirthana Kumari Luxmi Pavithra "
            "Thulasi Dilrukshi=15 Dinusha Kavitha Malar Nadeesha Nilmini Nirmala "
            "Rathika Sanduni Shanthi Sivagami Sivarani Sumathi Tharshini Thevi Thilini "
            "Vasanthi Vithya Yalini ",
        .forenames[1] =
            "Logan=207 Arun=54 Dilan=45 Rajan=44 Roshan=42 Ashwin=40 Kamal Aaran=37 "
            "Kavin=30 Vijay=28 Tharun=25 Abishan=22 Mohan Saman Dinesh=21 Ganesh=20 "
            "Sanjeevan=19 Thanushan Kumar=18 Prakash Kannan=17 Pradeep Ramesh Ruwan "
            "Siva Sivakumar Suresh Asanka=15 Chaminda Jeyakumar Kasun Kugan Lahiru "
            "Nimal Nishanthan Nuwan Pirathap Sathees Selvan Thushara ",
        .surnames =
            "Perera=500 Fernando=429 Silva=375 De_Silva=333 Mendis=300 Sivakumar=273 "
            "Kumar=250 Rajah=231 Nadarajah=214 Selvarajah=200 Sivanathan=188 "
            "Thambirajah=176 Kandiah=167 Ganeshan=158 Balasubramaniam=150 Rasiah=143 "
            "Ponniah=136 Arulanantham=130 Yogarajah=125 Jeyakumar=120 Mahendran=115 "
            "Nagalingam=111 Thavarajah=107 Vigneswaran=103 De_Silva=100 Bandara=97 "
            "Kumara=94 Dissanayake=91 Mohamed=88 Gamage=86 Liyanage=83 Jayasinghe=81 "
            "Ranasinghe=79 Herath=77 Weerasinghe=75 Peiris=73 Rathnayake=71 "
            "Wickramasinghe=70 Wijesinghe=68 Hettiarachchi=67 Nanayakkara=65 Ahamed=64 "
            "Rajapaksha=62 Pathirana=61 Ekanayake=60 Gunasekara=59 Dias=58 Sampath=57 "
            "Amarasinghe=56 Ratnayake=55 Chathuranga=54 Senanayake=53 Samarasinghe=52 "
            "Lakmal=51 Munasinghe=50 Rodrigo=49 Seneviratne=48 Rathnayaka "
            "Edirisinghe=47 Jayawardena=46 Fonseka=45 Sanjeewa Gunawardana=44 "
            "Gunawardena=43 Karunaratne Jayaweera=42 Jayasekara Ranaweera=41 "
            "Jayawardana Jayasuriya=40 Madusanka=39 ",
    },
    [TALLY_SYNTH_NEPALI] = {
        .forenames[0] =
            "Maya=159 Sabina=40 Shanti=28 Radha=27 Anjana=24 Sita Puja=23 Sarita "
            "Sunita Indra=22 Niharika Aasha=21 Asmita Devi Laxmi Sharmila Durga=19 "
            "Gita Rekha Kamala=18 Shristi Ganga=17 Rabina Aarati=15 Bimala Binita "
            "Bishnu Dil Kabita Nirmala Pabitra Prativa Purna Rojina Samjhana Saraswati "
            "Sushma Til ",
        .forenames[1] =
            "Hari=54 Kiran=47 Roshan=42 Kamal=40 Krishna=34 Aayush=32 Prem=30 Sunil=28 "
            "Ram=27 Manish=24 Sagar Siddhartha=23 Indra=22 Man Shiva Mahesh=21 "
            "Prashant Ganesh=20 Sujan Gopal=19 Santosh Prakash=18 Bibek=17 Khem "
            "Anup=15 Bikash Bishal Bishnu Dil Dipak Lal Nabin Prabin Purna Rajendra "
            "Suman Tek Tul Yam ",
        .surnames =
            "Gurung=600 Rai=500 Thapa=429 Limbu=375 Magar=333 Pun=300 Tamang=273 "
            "Shrestha=250 Chaudhary=231 Chowdhury=214 Rana=200 Yadav=188 Lama=176 "
            "Chhetri=167 Chetry=158 Shah=150 Sah=143 Sharma=136 Singh=130 "
            "Bishwakarma=125 Maharjan=120 Nepali=115 Pariyar=111 Pokharel=107 "
            "Pokhrel=103 Tharu=100 Ghale=97 Adhikari=94 Bhandari=91 Khadka=88 Karki=86 "
            "Basnet=83 Poudel=81 Sherchan=79 Thakali=77 Sunuwar=75 Gautam=73 ",
    },
    [TALLY_SYNTH_VIETNAMESE] = {
        .forenames[0] =
            "Mai=37 Ánh=26 Chi=23 Linh=22 Ngọc=20 Phương Thu Hồng=19 Thủy Xuân Yến "
            "Lan=18 Hoa=17 Nga Thanh Thảo Trang Vi Vân Duyên=15 Dương Hiền Hương Hạnh "
            "Loan ",
        .forenames[1] =
            "Anh=25 Minh=24 Nam=23 Việt Bảo=20 Hoàng Huy Tuấn Hải=19 Long Phong Thành "
            "Khánh=18 Trung Vũ Đức Hưng=17 Quang Sơn Bình=15 Châu Cường Dũng Khoa "
            "Nhiên Phúc Trọng Tùng Tú ",
        .surnames =
            "Nguyễn=1500 Trần=1000 Lê=750 Phạm=600 Huỳnh=500 Hoàng=429 Phan=375 Vũ=333 "
            "Võ=300 Đặng=273 Bùi=250 Đỗ=231 Hồ=214 Ngô=200 Dương=188 Lý=176 Trịnh=167 "
            "Trương=158 Lâm=150 Phùng=143 Mai=136 Tô=130 Hà=125 Tạ=120 Thân=115 "
            "Trác=111 Tống=107 Hoa=103 Khúc=100 Từ=97 Thường=94 Tiêu=91 Kim=88 "
            "Quách=86 Đàm=83 Triệu=81 Mạc=79 Thái=77 Lưu=75 Thạch=73 ",
    },
    [TALLY_SYNTH_NIGERIAN] = {
        .forenames[0] =
            "Oluwaseun=231 Grace=214 Blessing=200 Esther=188 Temitope=176 Folake=167 "
            "Funmilayo=158 Chioma=150 Ngozi=143 Adaeze=136 Ifeoma=130 Amaka=125 "
            "Chinyere=120 Nneka=115 Oluchi=111 Uchenna=107 Yetunde=103 Titilayo=100 "
            "Bukola=97 Adesola=94 Kehinde=91 Taiwo=88 Omolola=86 Sade=83 Abiola=81 "
            "Ayomide=79 Mary=77 Elizabeth=75 Patience=73 Comfort=71 Faith=70 "
            "Deborah=68 Victoria=67 Precious=65 Favour=64 Praise=62 Zainab=61 Aisha=60 "
            "Aanuoluwapo=59 Abebi=58 Abeni=57 Abosede=56 Adebukola=55 Adenike=54 "
            "Adepeju=53 Adesewa=52 Adesua=51 Adetoke=50 Adetoun=49 Adunni=48 Ajoke "
            "Amoke=47 Amope=46 Arike=45 Arinola Asake=44 Atinuke=43 Awero Ayinke=42 "
            "Ayoka Bolatito=41 Boluwatife Bunmi=40 Doyinsola=39 Eniola Ewatomi=38 "
            "Fadekemi Faderera Fehintola=37 Fibikemi Fikayomi=36 Folashade Ibironke=35 "
            "Iretioluwa Iyabode=34 Iyadunni Kikelomo Modupe=33 Mofifoluwa Mojisola "
            "Mojisoluwa=32 Moradeke Morayo Morenike=31 Morolake Mosinmileoluwa "
            "Mosunmola=30 Motunrayo Moyosore Ninioluwa=29 Olajumoke Olasunmbo Ololade "
            "Olufunke=28 Olufunmilayo Oluwakemi Omobolanle Omodunni=27 Omolabake "
            "Omolara Omosalewa Omotara=26 Omotola Omotoun Omowumi Oreofe=25 Oyenike "
            "Oyindasola Radeke Ronke Segilola=24 Similoluwa Simisola Sowande Subomi "
            "Tolulope=23 Toluwanimi Wuraola Yejide Yewande Chiamaka Amarachi=22 "
            "Ifunanya Chinelo Ogechi Obianuju Ujunwa Chidimma=21 Nkiruka Onyinye "
            "Chizoba Kosisochukwu Ozioma Somadina ",
        .forenames[1] =
            "Oluwaseun=231 Emmanuel=214 Samuel=200 David=188 Daniel=176 Oluwatobi=167 "
            "Chukwuemeka=158 Michael=150 Tunde=143 Babatunde=136 Adebayo=130 "
            "Ayodele=125 Olumide=120 Femi=115 Segun=111 Kehinde=107 Taiwo=103 "
            "Chidi=100 Emeka=97 Ikechukwu=94 Obinna=91 Uche=88 Ifeanyi=86 Nnamdi=83 "
            "Kelechi=81 Tochukwu=79 Abiodun=77 Adewale=75 Kayode=73 Gbenga=71 Kunle=70 "
            "Musa=68 Ibrahim=67 Sunday=65 Peter=64 Joseph=62 Joshua=61 Elijah=60 "
            "Israel=59 Gabriel=58 Ezekiel=57 Abayomi=56 Abiona=55 Adebiyi=54 "
            "Adebowale=53 Adedayo=52 Adedeji=51 Adekitan=50 Adekola=49 Adekunle=48 "
            "Adeleke Adeniyi=47 Adeolu=46 Adeoti=45 Aderopo Adeshina=44 Adesoji=43 "
            "Adetayo Adeyi=42 Adigun Afolarin=41 Ajala Ajani=40 Akanmu=39 Akinkunmi "
            "Akinlabi=38 Akinwale Alade Alamu=37 Anjolaoluwa Ayinde=36 Ayodeji "
            "Babasola=35 Babatunji Babawale=34 Damife Demilade Durodola=33 Ekundayo "
            "Esupofo Folu=32 Gbadebo Gbolahan Gbowoade=31 Ibidapo Ige Ikeoluwa=30 "
            "Inioluwa Iseoluwa Ishola=29 Juwon Keji Kolawole Korede=28 Leke Lere "
            "Niyilolawa Oba=27 ObaniJesu Ogooluwa Oke Oladare=26 Oladimeji Olakunle "
            "Olanrewaju Olansile=25 Olumorotimi Oluwafemi Oluwagbemiga Oluwamumibori "
            "Oluwamuyiwa=24 Oluwasanmi Oluwasegun Oluwole Omobobola Omotayo=23 "
            "Osunleke Seye Shekoni Sijuade Tade Temidayo=22 Toki Tokunbo Tomori "
            "Chinedu Chukwudi Ikenna=21 Ekene Chibuzo Ebuka Nonso Somtochukwu Uchenna "
            "Ifechukwu=20 Chigozie Okechukwu Chijioke ",
        .surnames =
            "Adeyemi=231 Okafor=214 Adebayo=200 Ogunleye=188 Okonkwo=176 Eze=167 "
            "Okoro=158 Adeleke=150 Afolabi=143 Ajayi=136 Akinola=130 Balogun=125 "
            "Bello=120 Ibrahim=115 Musa=111 Obi=107 Nwosu=103 Ogunbiyi=100 Ojo=97 "
            "Oladipo=94 Olaniyan=91 Olawale=88 Oluwole=86 Onyeka=83 Oyelaran=81 "
            "Adewale=79 Adeniyi=77 Adekunle=75 Adeola=73 Okeke=71 Okoye=70 "
            "Nwachukwu=68 Chukwu=67 Igwe=65 Uche=64 Ude=62 Williams=61 Johnson=60 "
            "Cole=59 Thomas=58 Peters=57 Ọlátúnjí=56 Adebisi=55 Adegbite=54 Adegoke=53 "
            "Adelakun=52 Adelusi=51 Ademiluyi=50 Aderibigbe=49 Aderogba=48 Adesiyan "
            "Adeyemo=47 Adisa=46 Afolayan=45 Afonja Ajao=44 Ajewole=43 Akinrinola "
            "Alabi=42 Aloba Awodiran=41 Awolowo Ayandokun=40 Ayoola=39 Babtunde "
            "Bakare=38 Bamidele Bamiloye Edun=37 Fadipe Fagunwa=36 Fajimi Falabi=35 "
            "Faleti Faloye=34 Fasasi Ibikunle Ilori=33 Ilupeju Iyanda Jaiyeola=32 "
            "Kolade Kosoko Koya=31 Makinde Makinwa Morawo=30 Ninalowo Odetola "
            "Odunsi=29 Ogindan Oginni Ogulana Ogunbamigbe=28 Ogunbo Ogunde Ogunwobi "
            "Ogunyeye=27 Ojua Olabode Oladipupo Olaiya=26 Olasupo Olowokeere Oloyede "
            "Olubode=25 Olugbayila Olujimi Olukotun Olukunga Olusanya=24 Oluwagbemi "
            "Omidina Omojola Omotoso Oparinde=23 Oshin Osuntokun Owokoniran Owolabi "
            "Owoyemi Oyadiran=22 Oyaifo Oyeniyi Oyetoro Oyeyemi Oyinlola Paimo=21 "
            "Salako Salami Shekoni Sobowale Soyinka Onoh Ogbuehi=20 Iwu Onwuka Anyanwu "
            "Udeh Ihejirika Madu Njoku=19 Ezeugo Ojukwu Iroha ",
    },
    [TALLY_SYNTH_GHANAIAN] = {
        .forenames[0] =
            "Akosua=273 Ama=250 Abena=231 Adwoa=214 Afia=200 Efua=188 Esi=176 Yaa=167 "
            "Akua=158 Grace=150 Mercy=143 Comfort=136 Mary=130 Gifty=125 Abigail=120 "
            "Esther=115 Dorcas=111 Gloria=107 Vida=103 Juliana=100 Felicia=97 Rita=94 "
            "Charity=91 Beatrice=88 Naana=86 Aba=83 Afua=81 Akos=79 Akumaa=77 Alice=75 "
            "Amanda=73 Amber=71 Amelia=70 Angela=68 Ann=67 Annette=65 Awesi=64 "
            "Baaba=62 Barbara=61 Caroline=60 Catherine=59 Charlotte=58 Christina=57 "
            "Constance=56 Danielle=55 Deborah=54 Debra=53 Denise=52 Dora=51 Dorothy=50 "
            "Eliabeth=49 Elizabeth=48 Emily Emma=47 Ernestina=46 Eunice=45 Francesca "
            "Gemma=44 Georgia=43 Georgina Hannabel=42 Hannah Harriet=41 Helen Irene=40 "
            "Janet=39 Janice Jasmine=38 Jennifer Jessica Jill=37 Joanna Josephine=36 "
            "Joyce Judith=35 Julia Julie=34 Karen Kate Katherine=33 Katy Lawrencia "
            "Linda=32 Lisa Lorraine Lucy=31 Lydia Mandy Margaret=30 Maria Marian "
            "Marilyn=29 Maureen Michelle Millicent Naomi=28 Natalie Natasha Nicola "
            "Nimakoah=27 Olivia Pamela Patricia Paula=26 Priscilla Rachael Rachel "
            "Rebecca=25 Regina Roselyn ",
        .forenames[1] =
            "Kwame=273 Kofi=250 Kwasi=231 Kwabena=214 Kwaku=200 Yaw=188 Kojo=176 "
            "Emmanuel=167 Samuel=158 Isaac=150 Daniel=143 Joseph=136 Ebenezer=130 "
            "Michael=125 Richard=120 Stephen=115 Prince=111 Nana=107 Kwadwo=103 "
            "Francis=100 Eric=97 Ernest=94 Felix=91 Philip=88 Osei=86 Aaron=83 "
            "Abeiku=81 Adam=79 Adrian=77 Akwesi=75 Albert=73 Alex=71 Alexander=70 "
            "Andrew=68 Anthony=67 Antony=65 Arthur=64 Ben=62 Benjamin=61 Bernard=60 "
            "Bruce=59 Carl=58 Charles=57 Christian=56 Clifford=55 Colins=54 Danny=53 "
            "David=52 Denis=51 Dennis=50 Derrick=49 Dominic=48 Donald Douglas=47 "
            "Duncan=46 Edward=45 Ekow Elliot=44 Elliott=43 Fiifi Frank=42 Frederick "
            "George=41 Gerald Gordon=40 Graham=39 Gregory Harry=38 Henry Howard "
            "Akwasi=37 Jack Jacob=36 Jake James=35 Jason Jeffrey=34 Jeremy Joe Joel=33 "
            "John Jonathan Joojo=32 Josh Joshua Josiah=31 Julian Justin Karl=30 "
            "Kenneth Kevin Kujoe=29 Kwamena Kweku Kwesi Kyle=28 Lawrence Leslie Louis "
            "Luke=27 Malcolm Marcus Mark Martin=26 Mathew Matthew Max Nathan=25 "
            "Nicholas Nigel ",
        .surnames =
            "Mensah=429 Owusu=375 Boateng=333 Osei=300 Asante=273 Appiah=250 Amoah=231 "
            "Agyeman=214 Ofori=200 Addo=188 Antwi=176 Opoku=167 Acheampong=158 "
            "Adjei=150 Frimpong=143 Sarpong=136 Asare=130 Gyamfi=125 Danso=120 "
            "Darko=115 Kwarteng=111 Nkrumah=107 Yeboah=103 Amponsah=100 Ansah=97 "
            "Bonsu=94 Baffour=91 Donkor=88 Quaye=86 Tetteh=83 Lartey=81 Annan=79 "
            "Arthur=77 Quarshie=75 Nyarko=73 Oppong=71 Agyei=70 Amankwah=68 Adomah=67 "
            "Adomako=65 Adu=64 Adusei=62 Adutwum=61 Afirifa=60 Afoakwa=59 Agyapong=58 "
            "Agyare=57 Agyemang=56 Ahortor=55 Akoto=54 Akowua=53 Akyeampong=52 "
            "Akyena=51 Amo=50 Amoa=49 Amoako=48 Amoasi Ampadu=47 Ampofo=46 Andorful=45 "
            "Ankra Anokye=44 Ansa=43 Appia Asamoa=42 Asamoah Asenso=41 Asiama "
            "Asiedu=40 Ata=39 Awuah Baa=38 Baafi Baah Baawia=37 Badu Boadi=36 Boadu "
            "Boahen=35 Boakye Boaten=34 Bona Bonsra Daako=33 Duah Dwamena Fofie=32 "
            "Fosu Gyasi Karikari=31 Koomson Kumi Kusi=30 Kwaakye Kyei Mensa=29 Nkansa "
            "Nkansah Nsia Nti=28 Ntiamoa Ntim Nyaako Nyame=27 Nyantakyi Obeng Ofosu "
            "Okyere=26 Omani Opuku Oti Otiwa=25 Otuo Prempeh Quartey Safo Takyi=24 "
            "Tawia Tutu Tweneboa ",
    },
    [TALLY_SYNTH_EASTAFRICAN] = {
        .forenames[0] =
            "Grace=72760 Maryam=12306 Fatima=9199 Mary=6802 Amina=5835 Khadija=4893 "
            "Hafsa=3971 Halima=3016 Asha=1740 Sumaya=1737 Precious=1630 Samira=1561 "
            "Amal=1560 Safia=1533 Faiza=1309 Hawa=1166 Naima=1092 Joyce=867 Muna=745 "
            "Sahra=549 Ifrah=501 Patience=495 Ikram=400 Nasra=365 Hodan=314 Maryan=307 "
            "Idil=292 Nyasha=279 Zamzam=277 Suad=266 Ayaan=261 Ruqiya=235 Fadumo=223 "
            "Ladan=221 Hibo=209 Saynab=197 Rahel=196 Ruvimbo=193 Filsan=189 Tariro=187 "
            "Deqa=180 Winta=169 Ubah=164 Selam=160 Fartun=158 Rudo=156 Chipo=154 "
            "Feven=153 Tsitsi Memory=150 ",
        .forenames[1] =
            "Daniel=117043 Samuel=104810 Joseph=98004 Ibrahim=11820 Ali=9804 "
            "Yusuf=9310 Mohamed=8102 Hamza=7561 Ahmed=7204 Kevin=7128 Abdul=7010 "
            "Omar=5877 Hassan=5494 Mustafa=4612 Zakariya=4148 Ismail=4092 Brian=2588 "
            "Khalid=2339 Abel=2301 Yasin=1685 Abdirahman=1416 Abdullahi=1114 Osman=989 "
            "Mahad=595 Said=571 Suleiman=545 Adan=458 Abdi=428 Liban=393 Tinashe=362 "
            "Blessing=346 Bashir=303 Abdulkadir=294 Mukhtar=286 Guled=239 Mohamud=228 "
            "Farai=217 Tendai=205 Tafadzwa=199 Abdiaziz=194 Dawit=193 Warsame=183 "
            "Farah=176 Jama=168 Yonas=167 Abdisalam=165 Kudzai Isse=156 Ayanle=153 "
            "Innocent Tesfay=150 Trust ",
        .surnames =
            "Ahmed=60 Ali Mohamed=53 Hassan=35 Osman=29 Hussein=27 Said=24 Ibrahim=21 "
            "Abdi=18 Yusuf=15 Abdirahman=12 Abdullahi Adan Aden Chikwanha Dirie Duale "
            "Dube Egal Elmi Farah Ghebremedhin Guled Haile Haji Hersi Ismail Jama "
            "Kamau Kariuki Kidane Mohamud Moyo Mupfumi Mutasa Mwangi Ncube Ndlovu "
            "Njoroge Nur Odhiambo Okello Omar Otieno Sheikh Shire Sibanda Tekle Tesfay "
            "Wanjiku Warsame ",
    },
    [TALLY_SYNTH_ARAB] = {
        .forenames[0] =
            "Layla=21239 Lydia=17133 Maria=14909 Melissa=12512 Sara=12316 Maryam=12196 "
            "Yasmin=9581 Fatima=9089 Zahra=7143 Mary=6692 Leila=6186 Mariam=5741 "
            "Amina=5725 Nadia=5606 Khadija=4783 Amira=4490 Hana=3900 Noor=2834 "
            "Salma=2492 Iman=2452 Yasmine=2297 Nora=2214 Rowan=1934 Aya=1861 "
            "Marie=1729 Marwa=1640 Farah=1604 Lina=1575 Samira=1451 Amal=1450 "
            "Inès=1421 Marina=1307 Asma=1268 Huda=992 Naima=982 Rania=950 Habiba=914 "
            "Malak=830 Dina=822 Fatma=801 Sahar=759 Maha=738 Reem=720 Hanan=618 "
            "Noûr=595 Nada=580 Irene=490 Mona=404 Rana=400 Aïcha=378 Reema=377 "
            "Hala=343 Farida=283 Zeinab=277 Latifa=270 Suha=255 Karima=253 Fajr=222 "
            "Meriem=209 Shahd=195 Assia=147 Lamia=136 Hind=132 Lyna=117 Rasha=95 "
            "Dalal=94 Hessa=91 Hosna=87 Shaimaa=70 Doha=64 Nouf=63 Souad=51 Fatin=46 "
            "Alanoud=43 Hasnaa Ashraqat=40 Gamalat Gamila Hosniya Imene Maysoun ",
        .forenames[1] =
            "George=106707 Mohammed=67682 Mohammad=22566 John=20920 Peter=12446 "
            "Ibrahim=11710 Mark=10634 Muhammed=9985 Ali=9694 Mohamed=7992 Hamza=7451 "
            "Ahmed=7094 Abdullah=6511 Omar=5767 Hassan=5384 Mustafa=4502 Bilal=3799 "
            "Hasan=3304 Amir=3133 Sami=3124 Jamal=2385 Zakaria=1895 Anas=1822 "
            "Samir=1411 Zaid=1322 Abdulrahman=1109 Taha=1030 Karim=1026 Ammar=972 "
            "Faisal=947 Kareem=926 Saad=924 Hussein=744 Nabil=713 Youssef=681 "
            "Ayoub=601 Waleed=598 Pierre=563 Abdallah=487 Habib=482 Yassin=481 "
            "Mehdi=475 Said=461 Khaled=436 Haidar=429 Mahmoud=416 Younès=413 Walid=384 "
            "Rami=379 Rashid=332 Adel=282 Nasser=247 Ziad=234 Amine=233 Majid=232 "
            "Murad=231 Naïm=218 Tarek=205 Hani=198 Selim=194 Wassim=192 Yassine=181 "
            "Mazen=167 Fahd=161 Fadi=108 Bassam=106 Halim=88 Tareq=70 Djamel=60 "
            "Rachid=51 Mina=47 Turki Abdelkader=44 Brahim=43 Abdel-Rahman=40 Bandar "
            "Beshoi Hydar Kathem Kirollos ",
        .surnames =
            "Ahmed=50 Ali Mohamed=49 Hassan=31 Osman=25 Abbas=23 Hussein Rashid "
            "Aziz=20 Said Younis=19 Awad=17 Ibrahim Saleh Khalil=16 Abdi=14 Abada=8 "
            "Abbad Abbassi Abbes Abdelaziz Abdellaoui Abdelli Abdou Abdullah Abed Abid "
            "Abou Abouda Aboukir Abu-Zaid Achour Achouri Adda Aissani Aissaoui "
            "Al-Ahmad Al-Ali Al-Dulaimi Al-Hassan Al-Jabouri Al-Khatib Al-Najjar "
            "Al-Obaidi Al-Rashid Al-Saadi Al-Tamimi Alaoui Allal Allali Amara Amari "
            "Ameur Ammari Amrane Amrani Amri Amrouche Arab Aribi Attia Ayad Ayadi "
            "Azizi Azzouz Bacha Bahloul Bahri Bakr Belkacem Benali Bennani Bensaid "
            "Bouchard Boudiaf Darwish El-Amin El-Masri El-Sayed El_Fassi Fahmy Farouk "
            "Haddad Hamdan Hamid Idrissi Jaber Kareem Khoury Mahmoud Mansour Musa "
            "Najjar Nasser Omar Othman Qasim Saeed Salem Shawkat Sulaiman Taha Tazi "
            "Yousif Zaki ",
    },
    [TALLY_SYNTH_TURKISH] = {
        .forenames[0] =
            "Fatma=429 Ayşe=375 Emine=333 Hatice=300 Zeynep=273 Elif=250 Meryem=231 "
            "Şerife=214 Zehra=200 Sultan=188 Asel=176 Asya=167 Defne=158 Nehir=150 "
            "Azra=143 Zümra=136 Eylül=130 Ecrin=125 Abiye=120 Acarkan=115 Adal=111 "
            "Adila=107 Adviye=103 Afife=100 Ahter=97 Akay=94 Akgüneş=91 Akise=88 "
            "Akmaral=86 Aksoy=83 Akyıldız=81 Alabezek=79 Alaz=77 Algış=75 Alize=73 "
            "Almast=71 Alsoy=70 Altınbike=68 Altınçiçek=67 Alışık=65 Amre=64 "
            "Anargül=62 Anka=61 Aral=60 Armahan=59 Arziye=58 Arıpınar=57 Asiman=56 "
            "Asliye=55 Asu=54 Atanur=53 Atiyye=52 Avunç=51 Ayasun=50 Aybet=49 "
            "Aycagül=48 Aydar Ayduru=47 Aygönenç=46 Ayhan=45 Aykut Aylil=44 "
            "Aynilhayat=43 Aynımah Aysema=42 Aysevim Aysuna=41 Ayten Aytöz=40 "
            "Ayyaruk=39 ",
        .forenames[1] =
            "Mehmet=429 Mustafa=375 Ahmet=333 Ali=300 Hüseyin=273 Hasan=250 "
            "Ibrahim=231 İsmail=214 Osman=200 Yusuf=188 Alparslan=176 Miraç=167 "
            "Ömer_Asaf=158 Eymen=150 Göktug=143 Ömer=136 Aras=130 Ali_Asaf=125 "
            "Abdiş=120 Abdulbekir=115 Abdulgazi=111 Abdulkadir=107 Abdulmenaf=103 "
            "Abdulsemet=100 Abdurrahman=97 Abdülahat=94 Abdülcemal=91 Abdülhadi=88 "
            "Abdülkerim=86 Abdülsamed=83 Abdürreşit=81 Abid=79 Abuzar=77 Acar=75 "
            "Aclan=73 Adak=71 Adasal=70 Adlan=68 Adıgün=67 Afer=65 Ahat=64 Ahsen=62 "
            "Akalan=61 Akar=60 Akatay=59 Akbaş=58 Akboğa=57 Akcivan=56 Akdora=55 "
            "Akdurmuş=54 Akgöl=53 Akif=52 Akkerman=51 Akmaner=50 Aksay=49 Aksöğüt=48 "
            "Aktemür Akver=47 Akçabay=46 Akçasu=45 Aköz Akınal=44 Alaaddin=43 Alaeddin "
            "Alanalp=42 Alattin Alcan=41 Alexandru Aliabbas=40 Aliihsan=39 ",
        .surnames =
            "Yılmaz=429 Kaya=375 Demir=333 Şahin=300 Çelik=273 Yıldız=250 Yıldırım=231 "
            "Öztürk=214 Aydın=200 Özdemir=188 Arslan=176 Doğan=167 Kılıç=158 Aslan=150 "
            "Çetin=143 Kara=136 Koç=130 Kurt=125 Özkan=120 Şimşek=115 ",
    },
    [TALLY_SYNTH_IRANIAN] = {
        .forenames[0] =
            "Sara=141 Maryam=140 Zahra=114 Leila=108 Mina=63 Parisa=46 Roya=45 "
            "Bahar=43 Nasreen Shabnam Nasrin=41 Shirin=40 Hero=39 Mahsa Palwasha=37 "
            "Fatemeh=35 Freshta=34 Nazanin Shadi Azadeh=30 Niloufar Sepideh Shilan "
            "Wazhma Yasaman Zarmina Zhila ",
        .forenames[1] =
            "Mohammad=180 Ali=128 Ahmad=86 Amir Haroon=71 Kamran=69 Hamid=51 Mehdi "
            "Saeed Azad=44 Majid Omid=43 Wali Arash=42 Farhad Farid Najib=41 Reza "
            "Navid=40 Ramin Kourosh=38 Dariush=37 Behzad=34 Babak=33 Shwan Hossein=32 "
            "Rebwar Siavash Hiwa=30 Karwan Sherzad Zalmai ",
        .surnames =
            "Karim=25 Aziz=20 Ahmadi=8 Akbari Amini Azizi Ebrahimi Ghorbani Hama "
            "Hashemi Heidari Hosseini Ismail Jafari Kareem Karimi Kazemi Mahmood "
            "Mohammadi Moradi Mousavi Noori Popal Popalzai Qadir Rahimi Rasul Rezaei "
            "Rostami Sadeghi Safi Salehi Salih Sharifi Stanikzai Wardak ",
    },
};
