"""Polynomials of the elementary functions; made by `python -m fitting.polynomials`.

Each serves one function of `elementary`, says where it holds, and how far it is off there at most
as a share of that function, before rounding. Terms are added up in pairs and fours, or even and odd
powers apart, so that a processor can do several at once; a leading coefficient that decides the
last digit stands in two parts.
"""

from __future__ import annotations

# log 2 in three parts, the first of 40 bits: times a whole number it is exact.
LN2_HIGH = 0.6931471805592082
LN2_LOW = 7.371002565167799e-13
LN2_REST = 1.94704509238075e-31
INVERSE_LN2 = 1.4426950408889634
PI = 3.141592653589793
# √2π
ROOT_TWO_PI = 2.5066282746310007
ROOT_TWO_PI_LOW = -1.8328579980459167e-16
# log √2π
HALF_LOG_TWO_PI = 0.9189385332046728
HALF_LOG_TWO_PI_LOW = -3.8782941580672414e-17
# 1/3
THIRD = 0.3333333333333333
THIRD_LOW = 1.850371707708594e-17
# 1/5
FIFTH = 0.2
FIFTH_LOW = -1.1102230246251566e-17
# Gauss and Hermite's rule of seven nodes for a standard normal variable over √2: node, share.
NORMAL_RULE = (
    (-2.6519613568352334, 0.0005482688559722178),
    (-1.6735516287674714, 0.030757123967586498),
    (-0.8162878828589647, 0.24012317860501273),
    (0.0, 0.45714285714285713),
    (0.8162878828589647, 0.24012317860501273),
    (1.6735516287674714, 0.030757123967586498),
    (2.6519613568352334, 0.0005482688559722178),
)


def exponential_rest(r: float) -> float:
    """Return (e^r - 1 - r) / r² for r from -0.3475 to 0.3475.

    It is off by 2^-61.8 at most.
    """
    square = r * r
    fourth = square * square
    return (
        (0.5 + r * 0.1666666666666667)
        + square * (0.04166666666666667 + r * 0.008333333333325985)
        + fourth
        * (
            (0.0013888888888883642 + r * 0.00019841269875342141)
            + square * (2.4801587325920163e-05 + r * 2.7557254740405416e-06)
            + fourth
            * (
                (2.7557273171941026e-07 + r * 2.5105490906986696e-08)
                + square * 2.091488256348507e-09
            )
        )
    )


def logarithm_rest(z: float) -> float:
    """Return 2/3 + 2z/5 + 2z²/7 + ... for z from 0 to 0.02945.

    It is off by 2^-59.7 at most.
    """
    square = z * z
    fourth = square * square
    return (
        (0.6666666666666666 + z * 0.4000000000000088)
        + square * (0.28571428570801954 + z * 0.22222222392089008)
        + fourth
        * (
            (0.18181795600060793 + z * 0.15386241881938595)
            + square * (0.13268714792348096 + z * 0.1308723619665962)
        )
    )


def fine_logarithm_rest(z: float) -> float:
    """Return 1/7 + z/9 + z²/11 + ... for z from 0 to 0.02945.

    It is off by 2^-72.1 at most.
    """
    square = z * z
    fourth = square * square
    return (
        (0.14285714285714285 + z * 0.11111111111111108)
        + square * (0.09090909090911956 + z * 0.07692307691310711)
        + fourth
        * (
            (0.06666666840309429 + z * 0.05882335978012747)
            + square * (0.052641289011772105 + z * 0.0472966754022035)
            + fourth * (0.049180620381154914)
        )
    )


def quantile_centre(v: float) -> float:
    """Return what is left of the normal quantile in the middle, v from 0 to 0.180625.

    It is off by 2^-55.5 at most.
    """
    square = v * v
    above = (
        4.874765941399953
        + square
        * (
            4145.384015881806
            + square
            * (192161.4997292008 + square * (652254.731676602 + square * (45283.698241392165)))
        )
    ) + v * (
        225.91182678121206
        + square
        * (38492.17203661101 + square * (507339.0097905503 + square * (339375.98190896056)))
    )
    below = (
        1.0
        + square
        * (
            1114.3538175684457
            + square
            * (78287.26649347477 + square * (547836.6373330539 + square * (209836.40877413788)))
        )
    ) + v * (
        52.36743039405421
        + square
        * (
            12428.637960065329
            + square
            * (280342.0081065888 + square * (530696.3465478977 + square * (21233.879434507333)))
        )
    )
    return above / below


def quantile_shoulder(v: float) -> float:
    """Return by how much the normal quantile falls short of 2 + v, less 0.625; v from 0.27 to 5.01.

    It is off by 2^-56.7 at most.
    """
    square = v * v
    above = (
        0.2734803715012303
        + square
        * (
            -0.004973383356758005
            + square
            * (
                -0.026341768061019247
                + square * (-0.0005051693220173557 + square * (-2.765692814101666e-07))
            )
        )
    ) + v * (
        0.2271634715502157
        + square
        * (
            -0.06121614434521985
            + square * (-0.005183152826051356 + square * (-2.1385331630546828e-05))
        )
    )
    below = (
        1.0
        + square
        * (
            1.2302114205319603
            + square
            * (
                0.1079496553277368
                + square * (0.001093191257483424 + square * (4.4720022565604756e-07))
            )
        )
    ) + v * (
        1.7247823128894126
        + square
        * (
            0.47445088031431765
            + square
            * (
                0.0145861753600322
                + square * (3.8646311357162386e-05 + square * (-1.3972176474470711e-11))
            )
        )
    )
    return above / below


def quantile_tail(v: float) -> float:
    """Return by how much the normal quantile falls short of 7 + v, for v from 0 to 31.7.

    It is off by 2^-59.4 at most.
    """
    square = v * v
    above = (
        0.4159967056000293
        + square
        * (
            0.0452823558015449
            + square
            * (
                0.0003452624995965713
                + square
                * (
                    3.1028360067342717e-07
                    + square * (2.3023286628308103e-11 + square * (2.9868720807171176e-17))
                )
            )
        )
    ) + v * (
        0.21307138254190724
        + square
        * (
            0.005178310820635045
            + square
            * (
                1.3622535458342157e-05
                + square * (3.836925725484873e-09 + square * (5.4163989139194445e-14))
            )
        )
    )
    below = (
        1.0
        + square
        * (
            0.15695590049198632
            + square
            * (
                0.001919824202841588
                + square
                * (
                    3.341842223644446e-06
                    + square * (6.852122456333653e-10 + square * (7.0102364034057965e-15))
                )
            )
        )
    ) + v * (
        0.6087936788092609
        + square
        * (
            0.022345141511558125
            + square
            * (
                0.00010221939194039411
                + square
                * (
                    6.454281958089353e-08
                    + square * (3.5327029275324423e-12 + square * (3.019024954323768e-18))
                )
            )
        )
    )
    return above / below


def gamma_rest(t: float) -> float:
    """Return (Γ(1 + t) - 1) / (t (t - 1)) for t from 0 to 1.

    It is off by 2^-55.9 at most.
    """
    s = t - 0.5
    square = s * s
    odd = -1.3201723697257504e-17 + s * (
        -0.1293535897955377
        + square
        * (
            -0.08823514092375889
            + square
            * (
                -0.04284835443368299
                + square
                * (
                    -0.01938567808269625
                    + square
                    * (
                        -0.008652880260123532
                        + square
                        * (
                            -0.0038515263623812614
                            + square
                            * (
                                -0.0017070722814914354
                                + square
                                * (
                                    -0.0007873908746185851
                                    + square
                                    * (-0.00025923570910944 + square * (-0.0002765277602370579))
                                )
                            )
                        )
                    )
                )
            )
        )
    )
    even = square * (
        0.16111537800266554
        + square
        * (
            0.0658800758326406
            + square
            * (
                0.029079088020566718
                + square
                * (
                    0.012965927970860623
                    + square
                    * (
                        0.005773610569262771
                        + square
                        * (
                            0.002568435455986836
                            + square
                            * (
                                0.0011381673100428309
                                + square
                                * (
                                    0.0005249463324983568
                                    + square
                                    * (0.0001728267898311792 + square * (0.00018435244473581514))
                                )
                            )
                        )
                    )
                )
            )
        )
    )
    return 0.45509229818896796 + (odd + even)


def log_gamma_below_one(t: float) -> float:
    """Return log Γ(1 + t) / t for t from -1/2 to 0.

    It is off by 2^-55.3 at most.
    """
    s = t + 0.25
    square = s * s
    odd = 1.6109147880778892e-17 + s * (
        1.0909482962451627
        + square
        * (
            0.6552243694415055
            + square
            * (
                0.7347350816814948
                + square
                * (
                    0.9651524984452418
                    + square
                    * (
                        1.3637706132785918
                        + square
                        * (
                            2.012532859713047
                            + square
                            * (
                                3.0587811367878714
                                + square
                                * (
                                    4.735752620757527
                                    + square
                                    * (
                                        7.713228546069879
                                        + square
                                        * (9.445602711484627 + square * (34.64325505271053))
                                    )
                                )
                            )
                        )
                    )
                )
            )
        )
    )
    even = square * (
        -0.7199661103625574
        + square
        * (
            -0.672987944712019
            + square
            * (
                -0.83191157741086
                + square
                * (
                    -1.139603042604453
                    + square
                    * (
                        -1.649503561849544
                        + square
                        * (
                            -2.4736548706160755
                            + square
                            * (
                                -3.792472658993895
                                + square
                                * (
                                    -6.126941593906933
                                    + square * (-7.48243947744518 + square * (-27.170206235412312))
                                )
                            )
                        )
                    )
                )
            )
        )
    )
    return -0.8131238057251815 + (odd + even)


def log_gamma_near_one(t: float) -> float:
    """Return log Γ(1 + t) / (t (t - 1)) for t from 0 to 1.

    It is off by 2^-58.5 at most.
    """
    s = t - 0.5
    square = s * s
    odd = 1.728379480196658e-17 + s * (
        -0.14595989591430608
        + square
        * (
            -0.031308487501010646
            + square
            * (
                -0.009425622448525798
                + square
                * (
                    -0.0032120740737152814
                    + square
                    * (
                        -0.0011644145847310124
                        + square
                        * (
                            -0.00043799307479613914
                            + square
                            * (
                                -0.0001689178215524898
                                + square
                                * (
                                    -6.614136022346414e-05
                                    + square
                                    * (
                                        -2.7201673025504752e-05
                                        + square
                                        * (
                                            -8.355075869795273e-06
                                            + square * (-7.760660152513446e-06)
                                        )
                                    )
                                )
                            )
                        )
                    )
                )
            )
        )
    )
    even = square * (
        0.06291140107456439
        + square
        * (
            0.01679709863127416
            + square
            * (
                0.005446457839126065
                + square
                * (
                    0.0019229163127905161
                    + square
                    * (
                        0.000711519067515296
                        + square
                        * (
                            0.00027131373861446925
                            + square
                            * (
                                0.00010535512483785591
                                + square
                                * (
                                    4.30276814976503e-05
                                    + square
                                    * (1.3186019073996835e-05 + square * (1.2140008083973407e-05))
                                )
                            )
                        )
                    )
                )
            )
        )
    )
    return 0.4831289505409809 + (odd + even)


def log_gamma_near_two(t: float) -> float:
    """Return log Γ(2 + t) / t for t from 0 to 1.

    It is off by 2^-56.4 at most.
    """
    s = t - 0.5
    square = s * s
    odd = -4.193869296226059e-17 + s * (
        0.2675817993988097
        + square
        * (
            0.010877001514193397
            + square
            * (
                0.0009610979287877325
                + square
                * (
                    0.00010710020416941931
                    + square
                    * (
                        1.327579031351773e-05
                        + square
                        * (
                            1.7450418649108809e-06
                            + square
                            * (
                                2.3795630765384484e-07
                                + square
                                * (3.281104524659661e-08 + square * (5.565111801917945e-09))
                            )
                        )
                    )
                )
            )
        )
    )
    even = square * (
        -0.044805842697384565
        + square
        * (
            -0.0030951822936200616
            + square
            * (
                -0.00031505925026741326
                + square
                * (
                    -3.7353370737188277e-05
                    + square
                    * (
                        -4.786368568704811e-06
                        + square
                        * (
                            -6.421957669345574e-07
                            + square * (-8.759051909844919e-08 + square * (-1.4719145482131672e-08))
                        )
                    )
                )
            )
        )
    )
    return 0.5693657409458384 + (odd + even)


def stirling_rest(w: float) -> float:
    """Return x times what Stirling's formula leaves of log Γ(x), with w = 1 / x², for x from 8 on.

    It is off by 2^-60.6 at most.
    """
    square = w * w
    fourth = square * square
    return (
        (0.08333333333333333 + w * -0.0027777777777776747)
        + square * (0.0007936507935117282 + w * -0.0005952380234291254)
        + fourth
        * (
            (0.0008417325268022405 + w * -0.001914965912162907)
            + square * (0.0062081367662297935 + w * -0.020855820837463117)
        )
    )


def bell_rest(w: float) -> float:
    """Return (Φ(z) - 1/2) / z with w = z², for z from 0 to 1.

    It is off by 2^-53.9 at most.
    """
    square = w * w
    fourth = square * square
    return (
        (0.3989422804014327 + w * -0.06649038006690544)
        + square * (0.009973557010035817 + w * -0.0011873282154804515)
        + fourth
        * (
            (0.00011543468761612206 + w * -9.444656259277198e-06)
            + square * (6.659693506409244e-07 + w * -4.1226671241540623e-08)
            + fourth
            * (
                (2.273523979046855e-09 + w * -1.1300363101297576e-10)
                + square * (5.104855380571841e-12 + w * -2.0755588207328707e-13)
                + fourth * (6.459867814598169e-15)
            )
        )
    )


def bell_tail(t: float) -> float:
    """Return (1 - Φ(z)) e^(z²/2) (z + 1) with t = (z - 4) / (z + 4), for z from 1 on.

    It is off by 2^-54.3 at most.
    """
    square = t * t
    fourth = square * square
    return (
        (0.47205320650984467 + t * -0.09670347732652576)
        + square * (0.013999634724424509 + t * 0.028600364053544384)
        + fourth
        * (
            (-0.03219783742803254 + t * 0.01793609747990901)
            + square * (-0.005002378592267433 + t * -0.0002856231020917551)
            + fourth
            * (
                (0.0006948971190525716 + t * -9.443021231031134e-05)
                + square * (-8.785328570152834e-05 + t * 2.1249782970180853e-05)
                + fourth
                * (
                    (1.3627336815934848e-05 + t * -3.4310664310531466e-06)
                    + square * (-2.6143929338817664e-06 + t * 4.012585299699219e-07)
                    + fourth
                    * (
                        (5.554133084014169e-07 + t * 7.465481406507308e-09)
                        + square * (-1.1665224882378587e-07 + t * -2.6670256275229468e-08)
                        + fourth
                        * (
                            (2.387807516055903e-08 + t * 1.010296997043575e-08)
                            + square * (-5.29256489356547e-09 + t * -1.4082363378217161e-09)
                            + fourth * (7.061070807923959e-10)
                        )
                    )
                )
            )
        )
    )


def sine_rest(w: float) -> float:
    """Return sin(πt) / t with w = t², for t from 0 to 1/2.

    It is off by 2^-55.3 at most.
    """
    square = w * w
    odd = 1.2246372263037107e-16 + w * (
        -5.16771278004997
        + square
        * (
            -0.5992645293207869
            + square
            * (
                -0.007370430943702136
                + square * (-2.1915250301851375e-05 + square * (-2.228371216069697e-08))
            )
        )
    )
    even = square * (
        2.5501640398773455
        + square
        * (0.08214588661099356 + square * (0.0004663027874593273 + square * (7.94853903737232e-07)))
    )
    return 3.141592653589793 + (odd + even)
