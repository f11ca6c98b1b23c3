// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AuthorityHandler} from "../support/AuthorityHandler.sol";
import {ExchangeWatch} from "../support/ExchangeWatch.sol";
import {ExchangeWorld} from "../support/ExchangeWorld.sol";
import {GovernanceHandler} from "../support/GovernanceHandler.sol";
import {KeeperHandler} from "../support/KeeperHandler.sol";
import {ListingHandler} from "../support/ListingHandler.sol";
import {PricingHandler} from "../support/PricingHandler.sol";
import {ProofHandler} from "../support/ProofHandler.sol";
import {SourceHandler} from "../support/SourceHandler.sol";
import {Test} from "../support/Test.sol";
import {TraderHandler} from "../support/TraderHandler.sol";
import {VaultHandler} from "../support/VaultHandler.sol";

/// @title One long sequence of calls on the whole exchange, in which every handler comes to something
/// @notice The invariant runs begin anew after 64 calls, and what needs a history (a hedge torn up, a vault that is due) hardly happens
/// in so few. Handlers swallow refusals, so one that never gets through would check nothing and fail nothing: here it fails.
contract LongSequencesTest is Test {
    /// @dev A handler's function and its arguments, a letter each: u any word, s 24 bits, c 8 bits, b true or false.
    struct Function {
        ExchangeWatch handler;
        bytes4 selector;
        string signature;
        bytes arguments;
    }

    Function[] private _functions;
    Function[] private _governed;
    KeeperHandler private _keeper;
    VaultHandler private _vaults;

    function setUp() external {
        vm.warp(1_760_000_000);
        ExchangeWorld world = new ExchangeWorld();
        _keeper = new KeeperHandler(world);
        _vaults = new VaultHandler(world);
        _listTrader(new TraderHandler(world));
        _listKeeper();
        _listVaults();
        _listGovernance(new GovernanceHandler(world));
        _listListing(new ListingHandler(world));
        _listPricing(new PricingHandler(world));
        _listSources(new SourceHandler(world));
        _govern(new AuthorityHandler(world), "handOver(uint256)", "u");
        ProofHandler proof = new ProofHandler(world);
        _list(proof, "close(uint256,uint8)", "uc");
        _list(proof, "settle(uint256)", "u");
    }

    function test_EveryFunctionOfEveryHandlerComesToSomething() external {
        uint256 random = vm.envOr("SEED", 1);
        uint256 steps = vm.envOr("STEPS", 5_000);
        bool complete;
        for (uint256 i; i < steps || (i < 3 * steps && !complete); ++i) {
            if (i >= steps && i % 100 == 0) complete = _isComplete();
            random = uint256(keccak256(abi.encode(random)));
            // Governance changes one thing in six calls; in between there is time for its consequences.
            if ((random >> 128) % 6 == 0) _call(_governed[random % _governed.length], random);
            else _call(_functions[random % _functions.length], random);
        }
        _requireDone(_functions);
        _requireDone(_governed);
        vm.assertGt(_keeper.deleveraged(), 0, "positions of others were closed");
        vm.assertGt(_vaults.flows(), 0, "shares were minted and redeemed");
    }

    // ---- internals ---------------------------------------------------------------------------------------------------

    function _call(Function memory one, uint256 random) private {
        uint256[] memory words = new uint256[](one.arguments.length);
        for (uint256 i; i < words.length; ++i) {
            uint256 word = uint256(keccak256(abi.encode(random, i)));
            bytes1 kind = one.arguments[i];
            if (kind == "s") word &= type(uint24).max;
            if (kind == "c") word &= type(uint8).max;
            if (kind == "b") word &= 1;
            words[i] = word;
        }
        (bool success, bytes memory reason) = address(one.handler).call(abi.encodePacked(one.selector, words));
        if (success) return;
        require(reason.length != 0, one.signature);
        assembly ("memory-safe") {
            revert(add(reason, 32), mload(reason))
        }
    }

    /// @dev Whether every handler has come to something. Not after every call: a test's memory is never given back.
    function _isComplete() private view returns (bool) {
        return _keeper.deleveraged() != 0 && _vaults.flows() != 0 && _areDone(_functions) && _areDone(_governed);
    }

    function _areDone(Function[] storage functions) private view returns (bool) {
        for (uint256 i; i < functions.length; ++i) {
            if (functions[i].handler.done(functions[i].selector) == 0) return false;
        }
        return true;
    }

    function _requireDone(Function[] storage functions) private view {
        for (uint256 i; i < functions.length; ++i) {
            vm.assertGt(functions[i].handler.done(functions[i].selector), 0, functions[i].signature);
        }
    }

    function _function(
        ExchangeWatch handler,
        string memory signature,
        bytes memory arguments
    ) private pure returns (Function memory) {
        return Function(handler, bytes4(keccak256(bytes(signature))), signature, arguments);
    }

    function _list(ExchangeWatch handler, string memory signature, bytes memory arguments) private {
        _functions.push(_function(handler, signature, arguments));
    }

    function _govern(ExchangeWatch handler, string memory signature, bytes memory arguments) private {
        _governed.push(_function(handler, signature, arguments));
    }

    function _listTrader(TraderHandler trader) private {
        _list(trader, "openAccount(uint256,uint8)", "uc");
        _list(trader, "deposit(uint256,uint256)", "uu");
        _list(trader, "depositWithPermit(uint256,uint256)", "uu");
        _list(trader, "withdraw(uint256,uint256)", "uu");
        _list(trader, "transfer(uint256,uint256,uint256)", "uuu");
        _list(trader, "depositSpot(uint256,uint256)", "uu");
        _list(trader, "hedge(uint256)", "u");
        _list(trader, "withdrawSpot(uint256,uint256)", "uu");
        _list(trader, "setOperator(uint256,uint256)", "uu");
        _list(trader, "closeDust(uint256,uint8)", "uc");
        _list(trader, "place(uint256,uint256,uint256)", "uuu");
        _list(trader, "reduce(uint256,uint256,uint256)", "uuu");
        _list(trader, "placeMany(uint256,uint256[3],uint256)", "uuuuu");
        _list(trader, "replaceMany(uint256,uint256[3],uint256)", "uuuuu");
        _list(trader, "cancel(uint256)", "u");
        _list(trader, "cancelMany(uint256)", "u");
        _list(trader, "cancelAll(uint256,uint8)", "uc");
        _list(trader, "deal(uint256,uint8,bool,uint256,bool)", "ucbub");
        _list(trader, "arm(uint256,uint256,uint256,uint256)", "uuuu");
        _list(trader, "cancelTrigger(uint256)", "u");
        _list(trader, "setMandate(uint256,uint24,uint24)", "uss");
    }

    function _listKeeper() private {
        KeeperHandler keeper = _keeper;
        _list(keeper, "liquidate(uint256,uint8)", "uc");
        _list(keeper, "liquidateVault(uint256,uint8)", "uc");
        _list(keeper, "crash(uint256,uint256,uint8)", "uuc");
        _list(keeper, "liquidateSpot(uint256,uint256,uint256)", "uuu");
        _list(keeper, "unwindHedge(uint256,uint256,uint256)", "uuu");
        _list(keeper, "deleverageByQueue(uint256)", "u");
        _list(keeper, "sellFreedSpot(uint256,uint256)", "uu");
        _list(keeper, "poke(uint256,uint256,uint8)", "uuc");
        _list(keeper, "settleThenRead(uint256,uint8)", "uc");
        _list(keeper, "prune(uint256,uint256,uint8,bool)", "uucb");
        _list(keeper, "uncross(uint256)", "u");
        _list(keeper, "executeTrigger(uint256,uint256)", "uu");
        _list(keeper, "clearTrigger(uint256)", "u");
        _list(keeper, "refreshCap(uint256)", "u");
        _list(keeper, "distributeFees()", "");
        _list(keeper, "unwindBackstop(uint8,uint256)", "cu");
        _list(keeper, "pauseMarket()", "");
        _list(keeper, "restrictMarket(uint256)", "u");
        _list(keeper, "movePrice(uint256,uint256,uint8)", "uuc");
        _list(keeper, "passTime(uint256)", "u");
    }

    function _listVaults() private {
        VaultHandler vaults = _vaults;
        _list(vaults, "deposit(bool,uint256,uint256)", "buu");
        _list(vaults, "mint(bool,uint256,uint256)", "buu");
        _list(vaults, "requestRedeem(bool,uint256,uint256)", "buu");
        _list(vaults, "cancelRequest(bool,uint256)", "bu");
        _list(vaults, "redeem(bool,uint256,uint256)", "buu");
        _list(vaults, "withdraw(bool,uint256,uint256)", "buu");
        _list(vaults, "moveShares(bool,uint256,uint256,uint256)", "buuu");
        _list(vaults, "topUp(uint256,uint256)", "uu");
        _list(vaults, "drainFund(uint256,uint256)", "uu");
        _list(vaults, "allot(uint8,uint256,bool)", "cub");
    }

    function _listGovernance(GovernanceHandler governance) private {
        _govern(governance, "changePolicy(uint256,bool)", "ub");
        _govern(governance, "changeFees(uint256,uint8)", "uc");
        _govern(governance, "changeLimits(uint256,uint8)", "uc");
        _govern(governance, "changeTerms(uint256,uint8)", "uc");
        _govern(governance, "changePace(uint256)", "u");
        _govern(governance, "changeWaterfall(uint256)", "u");
        _govern(governance, "changeVaultLimits(uint256,uint8)", "uc");
    }

    function _listListing(ListingHandler listing) private {
        _govern(listing, "changeMarket(uint256,uint8)", "uc");
        _govern(listing, "listMarket(uint256)", "u");
        _govern(listing, "changeSpotAsset(uint256)", "u");
        _govern(listing, "changeBook(uint256,uint8)", "uc");
        _govern(listing, "changeCaps(uint256)", "u");
        _govern(listing, "exchangeModules(uint256)", "u");
        _govern(listing, "exchangeEngine()", "");
    }

    function _listPricing(PricingHandler pricing) private {
        _govern(pricing, "changeMark(uint256,uint8)", "uc");
        _govern(pricing, "changeMarkSources(uint256)", "u");
        _govern(pricing, "changeGuard(uint256)", "u");
        _govern(pricing, "exchangeGuard(uint256)", "u");
        _govern(pricing, "nameSources(uint256)", "u");
        _govern(pricing, "changeFeeds(uint256)", "u");
        _govern(pricing, "changeSmoothing(uint256)", "u");
        _govern(pricing, "changePools(uint256)", "u");
    }

    function _listSources(SourceHandler sources) private {
        _list(sources, "bringPyth(uint256,uint256)", "uu");
        _list(sources, "observeRate(uint256)", "u");
        _list(sources, "adoptRate(uint256)", "u");
        _list(sources, "recordBook(uint256)", "u");
        _list(sources, "recordPool()", "");
        _list(sources, "remember(uint256,uint256)", "uu");
        _list(sources, "tradePool(uint256,uint256)", "uu");
        _list(sources, "restartSequencer(uint256)", "u");
    }
}
