// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ClearingHouse} from "../../contracts/ClearingHouse.sol";
import {ProRata} from "../../contracts/deleveraging/ProRata.sol";
import {ScriptedMarkPrice} from "../../contracts/test/ScriptedMarkPrice.sol";
import {TestToken} from "../../contracts/test/TestToken.sol";
import {Module} from "../../contracts/types/Ledger.sol";
import {MarketConfig, MarketStatus} from "../../contracts/types/Market.sol";
import {Price} from "../../contracts/types/Price.sol";
import {HousePool} from "../../contracts/vaults/HousePool.sol";
import {OpenAuthority} from "./OpenAuthority.sol";

/// @title A ledger with a house pool and nobody else to trade with
/// @notice Owns the traders' accounts, 1 to TRADERS, and a share in the pool; whoever else holds shares comes from outside.
contract HouseWorld {
    uint8 internal constant MARKET = 0;

    uint32 public constant TRADERS = 4;

    /// @notice What every trader starts with, and what the pool does. Quote, in the token's decimals.
    uint256 public constant STAKE = 10_000_000e6;
    uint256 public constant LENT = 50_000_000e6;

    uint256 public constant START = 2_000e18;

    ClearingHouse public immutable house;
    TestToken public immutable quote;
    ScriptedMarkPrice public immutable prices;
    HousePool public immutable pool;

    /// @notice The pool's account.
    uint32 public immutable main;

    constructor(uint24 makerFee, uint24 takerFee) {
        quote = new TestToken("Quote", "QUOTE", 6);
        prices = new ScriptedMarkPrice();
        OpenAuthority authority = new OpenAuthority();
        house = new ClearingHouse(address(quote), address(authority));
        house.setMarkPrice(prices);
        setPrice(START, START, -0.0005e18, 0);
        house.listMarket(MARKET, _config(makerFee, takerFee));
        pool = new HousePool(house, prices, quote, address(authority));
        house.setModule(address(pool), Module.HOUSE);
        main = pool.MAIN_ACCOUNT();
        pool.setTerms(MARKET, terms(), 5_000_000, 10_000_000, 60);
        quote.mint(address(this), TRADERS * STAKE + LENT);
        quote.approve(address(house), type(uint256).max);
        quote.approve(address(pool), type(uint256).max);
        for (uint8 i = 1; i <= TRADERS; ++i) {
            uint32 opened = house.openAccount(i);
            house.deposit(opened, STAKE);
            house.setOperator(opened, address(pool), true);
        }
        pool.deposit(LENT, address(this));
    }

    function terms() public pure returns (HousePool.Terms memory) {
        return
            HousePool.Terms({
                spread: 6_000,
                skew: 10_000,
                deviation: 5_000,
                equityShare: 1_000_000,
                gap: 10_000,
                notional: 40_000_000
            });
    }

    function setPrice(uint256 index, uint256 mark, int256 premium, uint256 confidence) public {
        Price memory price;
        (price.index, price.mark, price.premium, price.confidence) = (index, mark, premium, confidence);
        prices.setPrice(MARKET, price);
    }

    /// @notice A trader, from 0, deals with the pool at any price.
    function deal(uint256 trader, bool buy, uint256 size, bool reduceOnly) external returns (uint256, uint256) {
        return pool.trade(account(trader), MARKET, buy, size, buy ? type(uint256).max : 0, reduceOnly);
    }

    /// @notice The ledger account of a trader, from 0.
    function account(uint256 trader) public view returns (uint32) {
        return house.accountOf(address(this), uint8(1 + (trader % TRADERS)));
    }

    function equityOf(uint32 account_) public view returns (int256) {
        return house.health(account_).equity;
    }

    /// @notice What all traders together have gained. Quote, WAD.
    function tradersResult() external view returns (int256 result) {
        for (uint256 i; i < TRADERS; ++i) result += equityOf(account(i)) - int256(STAKE * 1e12);
    }

    /// @notice What the pool has gained, if nobody has dealt in its shares. Quote, WAD.
    function houseResult() external view returns (int256) {
        return equityOf(main) - int256(LENT * 1e12);
    }

    function inventory() external view returns (int256) {
        return house.positionOf(main, MARKET).size;
    }

    function _config(uint24 makerFee, uint24 takerFee) private returns (MarketConfig memory config) {
        config.status = MarketStatus.ACTIVE;
        config.initialMarginRate = 100_000;
        (config.makerFee, config.takerFee) = (makerFee, takerFee);
        config.backstopThreshold = 666_667;
        config.openInterestLow = type(uint96).max - 1;
        config.openInterestHigh = type(uint96).max;
        config.openInterestCap = type(uint96).max;
        config.policy = new ProRata();
    }
}
