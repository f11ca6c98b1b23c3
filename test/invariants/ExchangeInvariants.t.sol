// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ClearingHouse} from "../../contracts/ClearingHouse.sol";
import {IClearingHouse} from "../../contracts/interfaces/IClearingHouse.sol";
import {FixedMath} from "../../contracts/libraries/FixedMath.sol";
import {MarketState} from "../../contracts/types/Market.sol";
import {AuthorityHandler} from "../support/AuthorityHandler.sol";
import {ExchangeWatch} from "../support/ExchangeWatch.sol";
import {ExchangeWorld} from "../support/ExchangeWorld.sol";
import {GovernanceHandler} from "../support/GovernanceHandler.sol";
import {KeeperHandler} from "../support/KeeperHandler.sol";
import {ListingHandler} from "../support/ListingHandler.sol";
import {PricingHandler} from "../support/PricingHandler.sol";
import {ProofHandler} from "../support/ProofHandler.sol";
import {Properties} from "../support/Properties.sol";
import {SourceHandler} from "../support/SourceHandler.sol";
import {Test} from "../support/Test.sol";
import {TraderHandler} from "../support/TraderHandler.sol";
import {VaultHandler} from "../support/VaultHandler.sol";

/// @title What holds on the whole exchange after any sequence of calls by anyone
/// @notice The handlers check what a single call may do (P4 to P6 and P8 to P15); here are the books between calls.
contract ExchangeInvariantsTest is Test {
    ExchangeWorld private _world;
    ClearingHouse private _house;
    ExchangeWatch[9] private _handlers;

    function setUp() external {
        vm.warp(1_760_000_000);
        _world = new ExchangeWorld();
        _house = _world.house();
        _handlers[0] = new TraderHandler(_world);
        _handlers[1] = new KeeperHandler(_world);
        _handlers[2] = new VaultHandler(_world);
        _handlers[3] = new ProofHandler(_world);
        _handlers[4] = new GovernanceHandler(_world);
        _handlers[5] = new ListingHandler(_world);
        _handlers[6] = new PricingHandler(_world);
        _handlers[7] = new SourceHandler(_world);
        _handlers[8] = new AuthorityHandler(_world);
        for (uint256 i; i < 9; ++i) targetContract(address(_handlers[i]));
    }

    /// forge-config: default.invariant.runs = 8
    /// forge-config: default.invariant.depth = 64
    function invariant_TheWholeExchangeBalances() external view {
        (uint256 touched, uint256 fundingDust) = _dust();
        int256 claims = int256(_house.feesAccrued());
        int256 debts;
        int256[2] memory long;
        int256[2] memory short;
        for (uint32 account = 1; account <= _house.accountCount(); ++account) {
            int256 equity = _house.health(account).cash;
            for (uint8 market; market < 2; ++market) {
                IClearingHouse.PositionView memory held = _house.positionOf(account, market);
                equity += FixedMath.signedWadDown(held.size, _mark(market)) + held.quote;
                if (held.size > 0) long[market] += held.size;
                else short[market] -= held.size;
            }
            if (equity > 0) claims += equity;
            else debts -= equity;
            _checkWithdrawable(account);
        }
        int256 tokens = int256(_world.quote().balanceOf(address(_house)) * 1e12);
        int256 surplus = tokens + int256(_house.socialisedLoss()) + debts - claims;
        vm.assertGe(surplus, -int256(fundingDust), Properties.P1);
        // Every rounding strands a wei, of quote or of base at its price, below ten thousand; a call touches a few dozen. The boundary
        // of the token rounds to a unit of it.
        vm.assertLe(surplus, int256(touched * 64 * 1e4 + fundingDust + _unitsKept() * 1e12), Properties.P3);
        for (uint8 market; market < 2; ++market) {
            MarketState memory state = _house.marketState(market);
            vm.assertApproxEqAbs(long[market], short[market], touched * 1e3, Properties.P2);
            vm.assertApproxEqAbs(long[market], int256(uint256(state.longOpenInterest)), touched * 1e3, Properties.P2);
            vm.assertApproxEqAbs(short[market], int256(uint256(state.shortOpenInterest)), touched * 1e3, Properties.P2);
        }
    }

    function _checkWithdrawable(uint32 account) private view {
        int256 matured = _house.health(account).cash - int256(_house.maturing(account));
        vm.assertLe(int256(_house.withdrawable(account)), matured > 0 ? matured : int256(0), Properties.P11);
    }

    /// @dev A torn tranche holds sizes to a thousand wei, and that dust of base is paid funding.
    function _dust() private view returns (uint256 touched, uint256 fundingDust) {
        uint256 funded;
        for (uint256 i; i < 9; ++i) {
            touched += _handlers[i].touched();
            funded += _handlers[i].funded(0) + _handlers[i].funded(1);
        }
        touched = 2 * (touched + 1);
        fundingDust = (funded * touched * 1e3) / 1e18 + touched;
    }

    function _unitsKept() private view returns (uint256 units) {
        for (uint256 i; i < 9; ++i) units += _handlers[i].paidAtLoss();
    }

    function _mark(uint8 market) private view returns (int256) {
        return int256(_world.marks().peek(market).mark);
    }
}
